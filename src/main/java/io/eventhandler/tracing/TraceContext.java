package io.eventhandler.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The span that something is caused by, as W3C Trace Context has it: {@code traceparent} and {@code tracestate}. */
public final class TraceContext {

    /** What of a state is handed on at least (section 3.3.1.5); more is not. */
    private static final int MAX_STATE_LENGTH = 512;

    /** The members that are left out first, when it is too long. */
    private static final int LONG_STATE_MEMBER = 128;

    private static final String PARENT = "traceparent";
    private static final String STATE = "tracestate";

    /**
     * A member of a flat JSON object; quotes within a string are escaped, so that none of its values looks like it. Bounded,
     * since matching recurs.
     */
    private static final Pattern MEMBER = Pattern.compile(
            "\"(traceparent|tracestate)\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\[\"\\\\]){0,%d})\"".formatted(MAX_STATE_LENGTH));

    private static final TextMapGetter<Map<String, String>> GETTER =
            (headers, name) -> headers == null ? null : headers.get(name);

    private final SpanContext span;

    private TraceContext(SpanContext span) {
        this.span = span;
    }

    /** What the two headers say; null when the first is not valid. A state that is not valid is none. */
    public static @Nullable TraceContext of(String traceParent, @Nullable String traceState) {
        Map<String, String> headers =
                traceState == null ? Map.of(PARENT, traceParent) : Map.of(PARENT, traceParent, STATE, traceState);
        Context context = W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, GETTER);
        SpanContext span = Span.fromContext(context).getSpanContext();
        return span.isValid() ? new TraceContext(span) : null;
    }

    /** What an event's metadata say; null for nothing, or when it is not valid. */
    static @Nullable TraceContext in(String metadata) {
        @Nullable String parent = null;
        @Nullable String state = null;
        Matcher member = MEMBER.matcher(metadata);
        while (member.find()) {
            String value = member.group(2).replaceAll("\\\\(.)", "$1");
            if (member.group(1).equals(PARENT)) {
                parent = value;
            } else {
                state = value;
            }
        }
        return parent == null ? null : of(parent, state);
    }

    /** {@code version-trace-parent-flags}, in the version that is known here. */
    public String parent() {
        return "00-%s-%s-%s"
                .formatted(
                        span.getTraceId(),
                        span.getSpanId(),
                        span.getTraceFlags().asHex());
    }

    /** The state of all who took part, null for none; one that is too long loses its largest members, then its oldest. */
    public @Nullable String state() {
        if (span.getTraceState().isEmpty()) {
            return null;
        }
        List<String> members = new ArrayList<>();
        span.getTraceState().forEach((key, value) -> members.add(key + "=" + value));
        if (String.join(",", members).length() > MAX_STATE_LENGTH) {
            members.removeIf(member -> member.length() > LONG_STATE_MEMBER);
        }
        while (String.join(",", members).length() > MAX_STATE_LENGTH) {
            members.removeLast();
        }
        return members.isEmpty() ? null : String.join(",", members);
    }

    Context context() {
        return Context.root().with(Span.wrap(span));
    }
}
