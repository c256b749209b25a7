package io.eventhandler.publish;

import io.eventhandler.access.Principal;
import io.eventhandler.activity.ActivityLog;
import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.append.AppendResult;
import io.eventhandler.eventlog.append.Appender;
import io.eventhandler.eventlog.epoch.LogEpoch;
import io.eventhandler.json.Excerpt;
import io.eventhandler.limits.RateLimit;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.ByteBudget;
import io.eventhandler.web.Caller;
import io.eventhandler.web.ClientAddress;
import io.eventhandler.web.ContentCoding;
import io.eventhandler.web.Envelope;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.RequestBody;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request to publish, from its headers to its answer. Whatever fails on the way is answered; whatever ends it, {@link
 * #ended} gives back what it took. One call at a time, on whatever thread goes on with it.
 */
final class PublishExchange implements RequestBody.Receiver {

    private static final Logger LOG = LoggerFactory.getLogger(PublishExchange.class);

    /** A body from this size on is parsed on another thread than the selector's, which all connections share. */
    private static final int LARGE_BODY = 64 << 10;

    /**
     * What all exchanges share.
     *
     * @param parsing where large bodies are parsed
     * @param rate of events of one client
     */
    record Surroundings(
            Appender appender,
            LogEpoch epoch,
            ActivityLog activity,
            Executor parsing,
            PublishLimits limits,
            RateLimit rate,
            RequestBody.Pace pace,
            ByteBudget budget,
            PublishMetrics metrics) {}

    private final Surroundings of;
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final long startNanos = System.nanoTime();
    private final ByteBudget.Share room;
    private final RequestTrace trace;
    private final AtomicBoolean answered = new AtomicBoolean();
    private PublishFormat format = PublishFormat.JSON;
    private ContentCoding coding = ContentCoding.IDENTITY;

    PublishExchange(Surroundings of, Request request, Response response, Callback callback, RequestTrace trace) {
        this.of = of;
        this.request = request;
        this.response = response;
        this.callback = callback;
        this.room = of.budget().share();
        this.trace = trace;
    }

    /** The request has ended, with an answer or without one. */
    void ended() {
        room.close();
        trace.end();
    }

    /** Reads the request and answers it. */
    void start() {
        try {
            format = PublishFormat.of(request);
            ContentCoding named = ContentCoding.of(request.getHeaders());
            if (named == null) {
                String header = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
                throw new ApiException(
                                415,
                                "Content-Encoding must be gzip, or left out, this one is '%s'"
                                        .formatted(Excerpt.of(String.valueOf(header))))
                        .with(HttpHeader.ACCEPT_ENCODING, ContentCoding.ACCEPTED);
            }
            coding = named;
            RequestBody.read(request, limits().maxBodyBytes(), limits().bodySize(), of.pace(), room, this);
        } catch (ApiException refusal) {
            refuse(refusal);
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    /** Answers with this error, after what is left of the body. */
    void refuse(ApiException refusal) {
        RequestBody.discard(request, of.pace(), room, refusal, this);
    }

    private Principal caller() {
        return Caller.of(request, Principal.class);
    }

    private PublishLimits limits() {
        return of.limits();
    }

    @Override
    public void received(byte[] body) {
        if (body.length < LARGE_BODY && coding == ContentCoding.IDENTITY) {
            append(body);
        } else {
            of.parsing().execute(() -> append(body));
        }
    }

    private void append(byte[] body) {
        try {
            byte[] text = coding.decode(body, limits().maxBodyBytes(), limits().bodySize(), room);
            PublishRequest parsed = PublishRequest.parse(text, format, request.getHeaders(), limits());
            PublishRequest publish = IdempotencyKeys.apply(request.getHeaders(), Permission.apply(caller(), parsed));
            if (of.rate().isOn()) {
                of.rate()
                        .take(
                                caller().account(ClientAddress.of(request).network()),
                                publish.events().size());
            }
            List<NewEvent> events = trace.apply(publish.events());
            takeRoom(events, text);
            trace.appending(events);
            of.appender().append(events, publish.batchKey(), result -> answer(publish, result));
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    /** What comes from headers is held beside the body. */
    private void takeRoom(List<NewEvent> events, byte[] text) {
        long more = -text.length;
        for (NewEvent event : events) {
            more += event.bytes();
        }
        if (more > 0 && !room.take(more)) {
            throw RequestBody.noRoom();
        }
    }

    private void answer(PublishRequest publish, AppendResult result) {
        try {
            trace.appended();
            switch (result) {
                case AppendResult.Stored stored -> acknowledge(publish, stored.firstId());
                case AppendResult.Replayed replayed -> replay(publish, replayed);
                case AppendResult.Unknown unknown ->
                    answer(PublishFault.of(publish, unknown), PublishMetrics.Outcome.UNKNOWN);
                default -> failed(PublishFault.of(publish, result));
            }
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    private void acknowledge(PublishRequest publish, long firstId) {
        String remote = ClientAddress.of(request).remote();
        trace.stored(firstId);
        if (publish.isBatch()) {
            long lastId = firstId + publish.events().size() - 1;
            answerBatch(publish, BatchIds.consecutive(firstId, lastId));
            of.activity().publishedBatch(firstId, lastId, request.getLength(), startNanos, remote, caller());
        } else {
            NewEvent event = publish.events().getFirst();
            answerOne(event, firstId);
            of.activity()
                    .published(
                            firstId,
                            event.name(),
                            event.source(),
                            event.payload().length,
                            startNanos,
                            remote,
                            caller());
        }
        of.metrics().answered(PublishMetrics.Outcome.STORED, startNanos);
    }

    private void replay(PublishRequest publish, AppendResult.Replayed replayed) {
        String remote = ClientAddress.of(request).remote();
        if (replayed.whole()) {
            response.getHeaders().put("Idempotency-Replayed", "true");
        }
        List<Long> ids = replayed.ids();
        trace.stored(ids.getFirst());
        if (publish.isBatch()) {
            answerBatch(publish, BatchIds.of(ids));
        } else {
            answerOne(publish.events().getFirst(), ids.getFirst());
        }
        of.activity()
                .replayed(Collections.min(ids), Collections.max(ids), replayed.whole(), startNanos, remote, caller());
        of.metrics().answered(PublishMetrics.Outcome.REPLAYED, startNanos);
    }

    private void answerOne(NewEvent event, long id) {
        response.getHeaders().put("Event-Id", id);
        ok(Envelope.ok("Event '" + event.name() + "' published.", "null"));
    }

    private void answerBatch(PublishRequest publish, String ids) {
        int count = publish.events().size();
        ok(Envelope.ok(count + (count == 1 ? " event published." : " events published."), ids));
    }

    private void ok(byte[] body) {
        if (answered.compareAndSet(false, true)) {
            response.getHeaders().put(LogEpoch.HEADER, of.epoch().current());
            HttpAnswer.ok(response, callback, body);
        }
    }

    @Override
    public void failed(Throwable failure) {
        if (failure instanceof ApiException error) {
            answer(error, PublishMetrics.Outcome.ofError(error.status()));
            return;
        }
        LOG.error("a publish failed", failure);
        answer(new ApiException(500, "internal error, see the service's log"), PublishMetrics.Outcome.UNAVAILABLE);
    }

    private void answer(ApiException error, PublishMetrics.Outcome outcome) {
        if (answered.compareAndSet(false, true)) {
            trace.refused(error.status(), error.getMessage());
            of.metrics().answered(outcome, startNanos);
            HttpAnswer.error(request, response, callback, error, of.activity());
        }
    }
}
