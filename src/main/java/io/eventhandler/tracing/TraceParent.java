package io.eventhandler.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The parent of a span (W3C Trace Context, section 3.2).
 *
 * @param text {@code version-trace-parent-flags}
 */
public record TraceParent(String text) {

    /** A version but ff, a trace and a span that are not zero, flags; what later versions append is left out. */
    private static final Pattern FORM =
            Pattern.compile("((?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(-.*)?");

    /** A member of a flat JSON object; quotes within a string are escaped, so that none of its values looks like it. */
    private static final Pattern MEMBER = Pattern.compile("\"traceparent\"\\s*:\\s*\"([0-9a-f-]*)\"");

    /** The value of a header {@code traceparent}; null when it is not valid. */
    public static @Nullable TraceParent of(String header) {
        Matcher form = FORM.matcher(header);
        return form.matches() ? new TraceParent(form.group(1)) : null;
    }

    /** The one that an event's metadata name; null for none, or when it is not valid. */
    static @Nullable TraceParent in(String metadata) {
        Matcher member = MEMBER.matcher(metadata);
        return member.find() ? of(member.group(1)) : null;
    }

    Context context() {
        String[] parts = text.split("-", -1);
        return Context.root()
                .with(Span.wrap(SpanContext.createFromRemoteParent(
                        parts[1], parts[2], TraceFlags.fromHex(parts[3], 0), TraceState.getDefault())));
    }
}
