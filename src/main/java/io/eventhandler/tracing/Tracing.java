package io.eventhandler.tracing;

import io.eventhandler.event.Event;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.service.SettingsReader;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import java.time.Duration;
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
                TracingVariables.ENDPOINT,
                "none: no traces",
                "where traces are sent by OTLP over HTTP, such as http://collector:4318; other OTEL_ variables apply too",
                text -> text);
        return in.startingWith("OTEL_");
    }

    /** Makes no spans. */
    public static Tracing off() {
        return new Tracing(null);
    }

    /**
     * Sends spans as OpenTelemetry's variables say, as far as it can; what it can't is logged and left out.
     *
     * @param variables those that start with {@code OTEL_}; without an endpoint tracing is off
     */
    public static Tracing of(Map<String, String> variables) {
        return new Tracing(TracingVariables.sdk(variables));
    }

    /** A request that publishes, given its parent. */
    public Span publish(TraceContext parent) {
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
        TraceContext parent = TraceContext.in(event.metadata());
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
