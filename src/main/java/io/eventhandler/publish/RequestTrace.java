package io.eventhandler.publish;

import io.eventhandler.event.NewEvent;
import io.eventhandler.tracing.TraceParent;
import io.eventhandler.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/**
 * The trace that a request is a part of: the header {@code traceparent} (W3C Trace Context, section 3.2), which its events
 * keep, and the request's own spans in it. One call at a time.
 */
final class RequestTrace {

    private static final String HEADER = "traceparent";

    private static final RequestTrace NONE = new RequestTrace(null, Tracing.off(), Span.getInvalid());

    private final @Nullable TraceParent parent;
    private final Tracing tracing;
    private final Span publish;
    private Span append = Span.getInvalid();

    private RequestTrace(@Nullable TraceParent parent, Tracing tracing, Span publish) {
        this.parent = parent;
        this.tracing = tracing;
        this.publish = publish;
    }

    /** Of the request with these headers, from now on; a trace of nothing when they name none, or one that is not valid. */
    static RequestTrace of(HttpFields headers, Tracing tracing) {
        String header = headers.get(HEADER);
        if (header == null) {
            return NONE;
        }
        TraceParent parent = TraceParent.of(header);
        return parent == null ? NONE : new RequestTrace(parent, tracing, tracing.publish(parent));
    }

    /** The events as parts of the trace. */
    List<NewEvent> apply(List<NewEvent> events) {
        TraceParent trace = parent;
        return trace == null
                ? events
                : events.stream()
                        .map(event -> event.withTraceParent(trace.text()))
                        .toList();
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
