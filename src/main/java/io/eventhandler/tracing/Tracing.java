package io.eventhandler.tracing;

import io.eventhandler.event.Event;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.service.SettingsReader;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes the spans of events, with the attributes of OpenTelemetry's messaging conventions:
 *
 * <ul>
 *   <li>{@code publish}: a request, child of the publisher's span that its {@code traceparent} names;
 *   <li>{@code append}: a part of it, from the queue until the log has what it publishes;
 *   <li>{@code deliver}: an event's hand-over to the subscribers of one replica, child of the publisher's span too.
 * </ul>
 *
 * <p>Records what the publisher's trace records, unless {@code OTEL_TRACES_SAMPLER} says otherwise. A span that is not
 * recorded is {@link Span#getInvalid} or does nothing.
 */
public final class Tracing implements Part {

    /** The variable without which there are no traces. */
    private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /** What OpenTelemetry's own variables may change. */
    private static final Map<String, String> DEFAULTS = Map.of(
            "otel.service.name", "event-handler",
            "otel.traces.sampler", "parentbased_always_off",
            "otel.exporter.otlp.protocol", "http/protobuf",
            "otel.metrics.exporter", "none",
            "otel.logs.exporter", "none");

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

    private final @Nullable OpenTelemetrySdk sdk;
    private final @Nullable Tracer tracer;

    private Tracing(@Nullable OpenTelemetrySdk sdk) {
        this.sdk = sdk;
        this.tracer = sdk == null ? null : sdk.getTracer("io.eventhandler");
    }

    /** Reads the variables that start with {@code OTEL_}. */
    public static Map<String, String> read(SettingsReader in) {
        in.optional(
                ENDPOINT,
                "none: no traces",
                "where traces are sent by OTLP over HTTP, such as http://collector:4318; other OTEL_ variables apply too",
                Tracing::httpUrl);
        return in.startingWith("OTEL_");
    }

    private static String httpUrl(String text) {
        if (!text.matches("https?://[^/\\s]+(/\\S*)?")) {
            throw new IllegalArgumentException("'%s' is not a URL such as http://collector:4318".formatted(text));
        }
        return text;
    }

    /** Makes no spans. */
    public static Tracing off() {
        return new Tracing(null);
    }

    /**
     * Sends spans as OpenTelemetry's variables say.
     *
     * @param variables those that start with {@code OTEL_}; without an endpoint tracing is off
     * @throws io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException when one of them is not valid
     */
    public static Tracing of(Map<String, String> variables) {
        if (!variables.containsKey(ENDPOINT)) {
            return off();
        }
        Map<String, String> properties = new HashMap<>(DEFAULTS);
        variables.forEach(
                (name, value) -> properties.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value));
        return new Tracing(AutoConfiguredOpenTelemetrySdk.builder()
                .addPropertiesSupplier(() -> properties)
                .disableShutdownHook()
                .build()
                .getOpenTelemetrySdk());
    }

    /** A request that publishes, given its parent. */
    public Span publish(TraceParent parent) {
        return tracer == null ? Span.getInvalid() : start("publish", SpanKind.SERVER, parent.context());
    }

    /** What this request publishes is appended. */
    public Span append(Span publish) {
        return publish.isRecording()
                ? start("append", SpanKind.INTERNAL, Context.root().with(publish))
                : Span.getInvalid();
    }

    /** An event is handed over to its subscribers. */
    public Span deliver(Event event) {
        if (tracer == null || event.metadata() == null) {
            return Span.getInvalid();
        }
        TraceParent parent = TraceParent.in(event.metadata());
        return parent == null
                ? Span.getInvalid()
                : start("deliver", SpanKind.INTERNAL, parent.context())
                        .setAttribute("messaging.destination.name", event.name())
                        .setAttribute("messaging.message.id", String.valueOf(event.id()));
    }

    private Span start(String operation, SpanKind kind, Context parent) {
        return tracer == null
                ? Span.getInvalid()
                : tracer.spanBuilder(operation)
                        .setSpanKind(kind)
                        .setParent(parent)
                        .setAttribute("messaging.system", "eventhandler")
                        .setAttribute("messaging.operation.name", operation)
                        .startSpan();
    }

    /** Sends what is left, if that takes no longer than a while. */
    @Override
    public void stop() {
        if (sdk != null) {
            sdk.shutdown().join(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
