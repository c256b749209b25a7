package io.eventhandler.publish;

import io.eventhandler.event.NewEvent;
import io.eventhandler.tracing.TraceContext;
import io.eventhandler.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/**
 * The trace that a request is a part of: the headers {@code traceparent} and {@code tracestate} (W3C Trace Context,
 * section 3), which its events keep, and the request's own spans in it. One call at a time.
 */
final class RequestTrace {

    private static final String PARENT_HEADER = "traceparent";
    private static final String STATE_HEADER = "tracestate";

    private static final RequestTrace NONE = new RequestTrace(null, Tracing.off(), Span.getInvalid());

    private final @Nullable TraceContext parent;
    private final Tracing tracing;
    private final Span publish;
    private Span append = Span.getInvalid();

    private RequestTrace(@Nullable TraceContext parent, Tracing tracing, Span publish) {
        this.parent = parent;
        this.tracing = tracing;
        this.publish = publish;
    }

    /** Of the request with these headers, from now on; a trace of nothing when they name none, or one that is not valid. */
    static RequestTrace of(HttpFields headers, Tracing tracing) {
        if (!headers.contains(PARENT_HEADER)) {
            return NONE;
        }
        List<String> parents = headers.getValuesList(PARENT_HEADER);
        List<String> states = headers.getValuesList(STATE_HEADER);
        TraceContext parent = parents.size() > 1
                ? null
                : TraceContext.of(parents.getFirst(), states.isEmpty() ? null : String.join(",", states));
        return parent == null ? NONE : new RequestTrace(parent, tracing, tracing.publish(parent));
    }

    /** The events as parts of the trace. */
    List<NewEvent> apply(List<NewEvent> events) {
        if (parent == null) {
            return events;
        }
        String text = parent.parent();
        String state = parent.state();
        return events.stream().map(event -> event.withTrace(text, state)).toList();
    }

    /** These events are being appended. */
    void appending(List<NewEvent> events) {
        if (!publish.isRecording()) {
            return;
        }
        if (events.size() == 1) {
            publish.setAttribute("messaging.destination.name", events.getFirst().name());
        } else {
            publish.setAttribute("messaging.batch.message_count", events.size());
        }
        append = tracing.append(publish);
    }

    /** What became of them is known. */
    void appended() {
        append.end();
    }

    /** The request is answered with success; its first event has this id. */
    void stored(long firstId) {
        if (publish.isRecording()) {
            publish.setAttribute("messaging.message.id", String.valueOf(firstId));
            answered(200);
        }
    }

    /** The request is answered with this error. */
    void refused(int status, String reason) {
        if (publish.isRecording()) {
            publish.setAttribute("error.type", String.valueOf(status));
            publish.setStatus(StatusCode.ERROR, reason);
            answered(status);
        }
    }

    private void answered(int status) {
        publish.setAttribute("http.request.method", "POST");
        publish.setAttribute("http.response.status_code", status);
    }

    /** The request has ended. */
    void end() {
        append.end();
        publish.end();
    }
}
