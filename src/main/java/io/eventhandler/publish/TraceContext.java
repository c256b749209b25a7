package io.eventhandler.publish;

import io.eventhandler.event.NewEvent;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;

/** The trace that a request is a part of: the header {@code traceparent} (W3C Trace Context, section 3.2). */
final class TraceContext {

    private static final String HEADER = "traceparent";

    /** A version but ff, a trace and a span that are not zero, flags; what later versions append is left out. */
    private static final Pattern FORM =
            Pattern.compile("((?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(-.*)?");

    private TraceContext() {}

    /** The events as parts of the request's trace; as they are when it has none, or one that is not valid. */
    static List<NewEvent> apply(HttpFields headers, List<NewEvent> events) {
        String header = headers.get(HEADER);
        if (header == null) {
            return events;
        }
        var form = FORM.matcher(header);
        if (!form.matches()) {
            return events;
        }
        String traceParent = form.group(1);
        return events.stream().map(event -> event.withTraceParent(traceParent)).toList();
    }
}
