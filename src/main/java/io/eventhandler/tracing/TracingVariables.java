package io.eventhandler.tracing;

import io.eventhandler.json.Excerpt;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OpenTelemetry's variables, which may be meant for all programs of the surroundings: what is not valid or not supported
 * here is logged and left out, as their specification has it, and ends nothing.
 */
final class TracingVariables {

    /** Where spans are sent: this or {@link #TRACES_ENDPOINT} turns tracing on. */
    static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static final String TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

    private static final Logger LOG = LoggerFactory.getLogger(TracingVariables.class);

    /** Tells of each attempt, past the log. */
    private static final java.util.logging.Logger AUTOCONFIGURE =
            java.util.logging.Logger.getLogger("io.opentelemetry.sdk.autoconfigure");

    private static final String PROTOCOL = "http/protobuf";
    private static final String EXPORTER = "otlp";

    /** What the variables may change. */
    private static final Map<String, String> DEFAULTS = Map.of(
            "otel.service.name",
            "event-handler",
            "otel.traces.sampler",
            "parentbased_always_off",
            "otel.traces.exporter",
            EXPORTER,
            "otel.exporter.otlp.protocol",
            PROTOCOL,
            "otel.exporter.otlp.compression",
            "none");

    /** What they may not: there are traces alone, and their propagation is W3C's. */
    private static final Map<String, String> FIXED = Map.of(
            "otel.metrics.exporter", "none",
            "otel.logs.exporter", "none",
            "otel.propagators", "none",
            "otel.config.file", "");

    /** What could be made: an SDK, or the reason why there is none. */
    private record Attempt(@Nullable OpenTelemetrySdk sdk, String fault) {}

    private TracingVariables() {}

    /** What they ask for, null for no traces. */
    static @Nullable OpenTelemetrySdk sdk(Map<String, String> variables) {
        String endpoint = isDisabled(variables) ? null : endpoint(variables);
        if (endpoint == null) {
            return null;
        }
        AUTOCONFIGURE.setLevel(Level.WARNING);
        Map<String, String> properties = new HashMap<>(DEFAULTS);
        variables.forEach((name, value) -> {
            if (!value.isEmpty()) {
                properties.put(property(name), value);
            }
        });
        properties.putAll(FIXED);
        properties.put(property(TRACES_ENDPOINT), endpoint);
        supportedOnly("OTEL_EXPORTER_OTLP_PROTOCOL", PROTOCOL, properties);
        supportedOnly("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", PROTOCOL, properties);
        supportedOnly("OTEL_TRACES_EXPORTER", EXPORTER, properties);
        Attempt attempt = attempt(properties);
        OpenTelemetrySdk sdk =
                attempt.sdk() == null ? leavingOut(variables, properties, attempt.fault()) : attempt.sdk();
        if (sdk == null) {
            LOG.warn("there are no traces: {}", Excerpt.of(withoutSecrets(attempt.fault(), variables)));
        }
        return sdk;
    }

    /** Headers hold credentials. */
    private static String withoutSecrets(String fault, Map<String, String> variables) {
        String shown = fault;
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            if (variable.getKey().endsWith("_HEADERS") && !variable.getValue().isEmpty()) {
                shown = shown.replace(variable.getValue(), "…");
            }
        }
        return shown;
    }

    private static boolean isDisabled(Map<String, String> variables) {
        String disabled = variables.getOrDefault("OTEL_SDK_DISABLED", "");
        if (!disabled.matches("(?i)true|false|")) {
            LOG.warn("OTEL_SDK_DISABLED is left out: '{}' is neither true nor false", Excerpt.of(disabled));
        }
        return disabled.equalsIgnoreCase("true") || "none".equals(variables.get("OTEL_TRACES_EXPORTER"));
    }

    private static @Nullable String endpoint(Map<String, String> variables) {
        String traces = url(TRACES_ENDPOINT, variables);
        String all = url(ENDPOINT, variables);
        if (traces != null || all == null) {
            return traces;
        }
        return all + (all.endsWith("/") ? "v1/traces" : "/v1/traces");
    }

    private static @Nullable String url(String variable, Map<String, String> variables) {
        String value = variables.get(variable);
        if (value == null || value.isEmpty() || value.matches("https?://[^/\\s]+(/\\S*)?")) {
            return value == null || value.isEmpty() ? null : value;
        }
        LOG.warn("{} is left out: '{}' is not a URL such as http://collector:4318", variable, Excerpt.of(value));
        return null;
    }

    private static String property(String variable) {
        return variable.toLowerCase(Locale.ROOT).replace('_', '.');
    }

    private static void supportedOnly(String variable, String supported, Map<String, String> properties) {
        String value = properties.get(property(variable));
        if (value != null && !value.equals(supported)) {
            LOG.warn(
                    "{}={} is not supported: traces are sent by {} over {}",
                    variable,
                    Excerpt.of(value),
                    EXPORTER,
                    PROTOCOL);
            properties.put(property(variable), supported);
        }
    }

    private static Attempt attempt(Map<String, String> properties) {
        try {
            OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                    .addPropertiesCustomizer(environment -> properties) // over the environment, which it reads itself
                    .disableShutdownHook()
                    .build()
                    .getOpenTelemetrySdk();
            return new Attempt(sdk, "");
        } catch (ConfigurationException e) {
            return new Attempt(null, reason(e));
        }
    }

    /**
     * Finds out which variables are at fault, since not every fault names its own: those without which it is another one,
     * or none. Null when that does not help.
     */
    private static @Nullable OpenTelemetrySdk leavingOut(
            Map<String, String> variables, Map<String, String> properties, String fault) {
        for (String variable : new TreeSet<>(variables.keySet())) {
            String name = property(variable);
            if (FIXED.containsKey(name) || variable.equals(TRACES_ENDPOINT)) {
                continue;
            }
            Map<String, String> without = new HashMap<>(properties);
            without.put(name, DEFAULTS.getOrDefault(name.replace(".otlp.traces.", ".otlp."), ""));
            Attempt other = attempt(without);
            if (!other.fault().equals(fault)) {
                OpenTelemetrySdk sdk =
                        other.sdk() == null ? leavingOut(variables, without, other.fault()) : other.sdk();
                if (sdk != null) {
                    LOG.warn("{} is left out: {}", variable, reasonFor(variable, fault));
                    return sdk;
                }
            }
        }
        return null;
    }

    /** Headers may be secrets. */
    private static String reasonFor(String variable, String fault) {
        return variable.endsWith("_HEADERS") ? "it is no list of name=value" : Excerpt.of(fault);
    }

    private static String reason(Throwable fault) {
        Throwable innermost = fault;
        while (innermost.getCause() != null
                && innermost.getMessage() != null
                && innermost.getMessage().startsWith("Unexpected")) {
            innermost = innermost.getCause();
        }
        return String.valueOf(innermost.getMessage());
    }
}
