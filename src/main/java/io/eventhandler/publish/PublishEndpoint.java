package io.eventhandler.publish;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.append.AppendResult;
import io.eventhandler.eventlog.append.Appender;
import io.eventhandler.service.Memory;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.tracing.Tracing;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.Envelope;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.RequestBody;
import io.eventhandler.web.Routes;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers {@code POST /publish} without blocking a thread. 200 means: committed to PostgreSQL, together with the
 * notification.
 */
public final class PublishEndpoint implements Endpoint {

    private static final String PATH = "/publish";

    /** A body from this size on is parsed on another thread than the selector's, which all connections share. */
    private static final int LARGE_BODY = 64 << 10;

    private static final Duration ANSWERED_CHECK = Duration.ofMillis(5);

    /**
     * @param limits of one request
     * @param maxPendingBytes bodies that may be held at once, being read or waiting to be stored
     */
    public record Options(PublishLimits limits, long maxPendingBytes) {

        /** Reads {@code MAX_PENDING_SIZE} and the limits of a request. */
        public static Options read(SettingsReader in) {
            PublishLimits limits = PublishLimits.read(in);
            Integer pending = in.optionalSize(
                    "MAX_PENDING_SIZE",
                    "an eighth of the heap, at most 256MiB",
                    "1MiB",
                    "1GiB",
                    "publish bodies held at once, beyond it 503");
            return new Options(
                    limits,
                    pending == null ? Math.max(Memory.eighthOfHeap(256 << 20), limits.maxBodyBytes()) : pending);
        }
    }

    private final Appender appender;
    private final ActivityLog activity;
    private final Executor parsing;
    private final Options options;
    private final ByteBudget budget;
    private final AtomicInteger underWay = new AtomicInteger(); // requests that are not answered yet
    private volatile boolean leaving;
    private volatile boolean refusing;
    private final PublishMetrics metrics;
    private final Tracing tracing;

    /**
     * @param parsing where large bodies are parsed
     */
    public PublishEndpoint(
            Appender appender,
            ActivityLog activity,
            Executor parsing,
            Options options,
            MeterRegistry registry,
            Tracing tracing) {
        this.appender = appender;
        this.activity = activity;
        this.parsing = parsing;
        this.options = options;
        this.budget = new ByteBudget(options.maxPendingBytes());
        this.metrics = new PublishMetrics(registry);
        this.tracing = tracing;
    }

    /** From now on each answer ends its connection, so that publishers go to other replicas. */
    public void leave() {
        leaving = true;
    }

    /** Refuses what comes from now on, and waits until what came before is answered, at most this long. */
    public void refuse(Duration timeout) throws InterruptedException {
        refusing = true;
        long deadline = System.nanoTime() + timeout.toNanos();
        while (underWay.get() > 0 && System.nanoTime() < deadline) {
            Thread.sleep(ANSWERED_CHECK);
        }
    }

    @Override
    public void addTo(Routes routes) {
        routes.direct(HttpMethod.POST, PATH, (request, response, callback) -> {
            new Publish(request, response, callback).start();
            return true;
        });
    }

    /** One request, from its headers to its answer. */
    private final class Publish implements Callback {

        private final Request request;
        private final Response response;
        private final Callback callback;
        private final long startNanos = System.nanoTime();
        private final RequestTrace trace;
        private PublishFormat format = PublishFormat.JSON;
        private long reserved;

        Publish(Request request, Response response, Callback callback) {
            this.request = request;
            this.response = response;
            this.callback = callback;
            this.trace = RequestTrace.of(request.getHeaders(), tracing);
        }

        void start() {
            underWay.incrementAndGet();
            if (leaving) {
                response.getHeaders().put(HttpHeader.CONNECTION, "close");
            }
            if (refusing) {
                refuseUnread("not stored: the service is stopping");
                return;
            }
            try {
                format = PublishFormat.of(request.getHeaders());
            } catch (ApiException wrongType) {
                refuse(wrongType);
                return;
            }
            long declared = request.getLength();
            int limit = options.limits().maxBodyBytes();
            long needed = declared < 0 || declared > limit ? limit : declared;
            if (!budget.take(needed)) {
                refuseUnread("not stored: too many events wait to be stored, try again");
                return;
            }
            reserved = needed;
            RequestBody.read(request, limit, options.limits().bodySize(), this::receive, this::refuse);
        }

        private void refuseUnread(String reason) {
            RequestBody.discard(request, () -> refuse(ApiException.unavailable(reason)));
        }

        /** The request was answered. */
        @Override
        public void succeeded() {
            underWay.decrementAndGet();
            callback.succeeded();
        }

        @Override
        public void failed(Throwable failure) {
            underWay.decrementAndGet();
            callback.failed(failure);
        }

        @Override
        public InvocationType getInvocationType() {
            return callback.getInvocationType();
        }

        private void receive(byte[] body) {
            if (body.length < LARGE_BODY) {
                append(body);
            } else {
                parsing.execute(() -> append(body));
            }
        }

        private void append(byte[] body) {
            PublishRequest publish;
            try {
                publish = IdempotencyKeys.apply(
                        request.getHeaders(),
                        PublishRequest.parse(body, format, request.getHeaders(), options.limits()));
            } catch (ApiException e) {
                refuse(e);
                return;
            }
            List<NewEvent> events = trace.apply(publish.events());
            trace.appending(events);
            appender.append(events, publish.batchKey(), result -> answer(publish, result));
        }

        private void answer(PublishRequest publish, AppendResult result) {
            trace.appended();
            switch (result) {
                case AppendResult.Stored stored -> acknowledge(publish, stored.firstId());
                case AppendResult.Replayed replayed -> replay(publish, replayed);
                case AppendResult.KeyReused reused ->
                    refuse(ApiException.invalid("not stored: %sthe idempotency key '%s' was used with another body"
                            .formatted(place(publish, reused.index()), reused.key())));
                case AppendResult.Refused refused ->
                    refuse(ApiException.invalid("not stored: PostgreSQL can't keep %s: %s"
                            .formatted(culprit(publish, refused.index()), refused.reason())));
                case AppendResult.NotStored notStored ->
                    refuse(ApiException.unavailable("not stored: " + notStored.reason()));
                case AppendResult.Unknown unknown ->
                    refuse(
                            ApiException.unavailable("outcome unknown: " + unknown.reason() + "; " + wayOut(publish)),
                            PublishMetrics.Outcome.UNKNOWN);
            }
        }

        private static String culprit(PublishRequest publish, int index) {
            if (!publish.isBatch()) {
                return "this payload";
            }
            return index < 0 ? "one of the payloads" : "the payload of the event at index " + index;
        }

        private static String place(PublishRequest publish, int index) {
            return publish.isBatch() && publish.batchKey() == null ? "the event at index %d: ".formatted(index) : "";
        }

        private static String wayOut(PublishRequest publish) {
            return publish.isIdempotent()
                    ? "publish it again with the same idempotency key: it is stored once"
                    : "look the event up in the history before you publish it again;"
                            + " with an idempotency key a publish can be repeated safely";
        }

        private void acknowledge(PublishRequest publish, long firstId) {
            budget.giveBack(reserved);
            String remote = HttpAnswer.remote(request);
            if (publish.isBatch()) {
                long lastId = firstId + publish.events().size() - 1;
                answerBatch(publish, BatchIds.consecutive(firstId, lastId));
                activity.publishedBatch(firstId, lastId, request.getLength(), startNanos, remote);
            } else {
                NewEvent event = publish.events().getFirst();
                answerOne(event, firstId);
                activity.published(firstId, event.name(), event.source(), event.payload().length, startNanos, remote);
            }
            metrics.answered(PublishMetrics.Outcome.STORED, startNanos);
            trace.stored(firstId);
        }

        private void replay(PublishRequest publish, AppendResult.Replayed replayed) {
            budget.giveBack(reserved);
            if (replayed.whole()) {
                response.getHeaders().put("Idempotency-Replayed", "true");
            }
            List<Long> ids = replayed.ids();
            if (publish.isBatch()) {
                answerBatch(publish, BatchIds.of(ids));
            } else {
                answerOne(publish.events().getFirst(), ids.getFirst());
            }
            activity.replayed(
                    Collections.min(ids),
                    Collections.max(ids),
                    replayed.whole(),
                    startNanos,
                    HttpAnswer.remote(request));
            metrics.answered(PublishMetrics.Outcome.REPLAYED, startNanos);
            trace.stored(ids.getFirst());
        }

        private void answerOne(NewEvent event, long id) {
            response.getHeaders().put("Event-Id", id);
            HttpAnswer.ok(response, this, Envelope.ok("Event '" + event.name() + "' published.", "null"));
        }

        private void answerBatch(PublishRequest publish, String ids) {
            int count = publish.events().size();
            HttpAnswer.ok(
                    response,
                    this,
                    Envelope.ok(count + (count == 1 ? " event published." : " events published."), ids));
        }

        private void refuse(ApiException error) {
            refuse(error, PublishMetrics.Outcome.ofError(error.status()));
        }

        private void refuse(ApiException error, PublishMetrics.Outcome outcome) {
            budget.giveBack(reserved);
            HttpAnswer.error(request, response, this, error, activity);
            metrics.answered(outcome, startNanos);
            trace.refused(error.status(), error.getMessage());
        }
    }
}
