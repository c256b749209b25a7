package io.eventhandler.publish;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.eventlog.append.Appender;
import io.eventhandler.eventlog.epoch.LogEpoch;
import io.eventhandler.limits.ClientLimits;
import io.eventhandler.limits.Limited;
import io.eventhandler.limits.RateLimit;
import io.eventhandler.service.Memory;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.tracing.Tracing;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.ByteBudget;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.RequestBody;
import io.eventhandler.web.Routes;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
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
    private static final Duration ANSWERED_CHECK = Duration.ofMillis(5);

    /**
     * @param limits of one request
     * @param pace how long a body may take
     * @param maxPendingBytes of requests that may be held at once, being read or waiting to be stored
     */
    public record Options(PublishLimits limits, RequestBody.Pace pace, long maxPendingBytes) {

        /** Reads {@code MAX_PENDING_SIZE} and the limits of a request. */
        public static Options read(SettingsReader in) {
            PublishLimits limits = PublishLimits.read(in);
            RequestBody.Pace pace = RequestBody.Pace.read(in);
            Integer pending = in.optionalSize(
                    "MAX_PENDING_SIZE",
                    "an eighth of the heap, at most 256MiB",
                    "1MiB",
                    "1GiB",
                    "publish bodies held at once, beyond it 503");
            if (pending != null && pending < limits.maxEventBytes()) {
                in.contradiction(
                        "MAX_PENDING_SIZE",
                        "%d bytes hold no event of MAX_EVENT_SIZE, %d".formatted(pending, limits.maxEventBytes()));
            }
            return new Options(
                    limits,
                    pace,
                    pending == null ? Math.max(Memory.eighthOfHeap(256 << 20), limits.maxBodyBytes()) : pending);
        }
    }

    private final PublishExchange.Surroundings surroundings;
    private final Tracing tracing;
    private final AtomicInteger underWay = new AtomicInteger(); // requests that have not ended yet
    private volatile boolean leaving;
    private volatile boolean refusing;

    /**
     * @param parsing where large bodies are parsed
     * @param clients how much one may publish
     */
    public PublishEndpoint(
            Appender appender,
            LogEpoch epoch,
            ActivityLog activity,
            Executor parsing,
            Options options,
            ClientLimits clients,
            MeterRegistry registry,
            Tracing tracing) {
        var budget = new ByteBudget(options.maxPendingBytes());
        var metrics = new PublishMetrics(registry, underWay, budget);
        var rate = new RateLimit(
                new Limited(registry, "publish_rate"), "MAX_PUBLISH_RATE", "events", clients.publishRate());
        this.surroundings = new PublishExchange.Surroundings(
                appender, epoch, activity, parsing, options.limits(), rate, options.pace(), budget, metrics);
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
        routes.direct(HttpMethod.POST, PATH, this::handle);
    }

    private boolean handle(Request request, Response response, Callback callback) {
        var exchange = new PublishExchange(
                surroundings, request, response, callback, RequestTrace.of(request.getHeaders(), tracing));
        Request.addCompletionListener(request, failure -> {
            underWay.decrementAndGet();
            exchange.ended();
        });
        underWay.incrementAndGet();
        if (leaving) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        if (refusing) {
            exchange.refuse(ApiException.unavailable("not stored: the service is stopping"));
        } else {
            exchange.start();
        }
        return true;
    }
}
