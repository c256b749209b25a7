package io.eventhandler.subscribe;

import io.eventhandler.lifecycle.Part;
import io.eventhandler.web.ApiException;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.jspecify.annotations.Nullable;

/** The open connections of all subscribers: counts them, looks after the idle ones, and ends them. Thread-safe. */
public final class Connections implements Part {

    private final SubscriberLimits limits;
    private final SubscriberMetrics metrics;
    private final AtomicLong nextId = new AtomicLong(1);
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final Thread checking = Thread.ofVirtual().name("connection-check").unstarted(this::check);
    private volatile boolean stopping;

    public Connections(SubscriberLimits limits, MeterRegistry registry) {
        this.limits = limits;
        this.metrics = new SubscriberMetrics(registry, this);
    }

    /** Why no further connection is taken, null when one is. */
    @Nullable
    ApiException refusal() {
        if (stopping) {
            return ApiException.unavailable("the service is stopping");
        }
        return open.size() < limits.maxConnections()
                ? null
                : ApiException.unavailable("there are %d connections already".formatted(limits.maxConnections()));
    }

    /** A number for the next connection. */
    long nextId() {
        return nextId.getAndIncrement();
    }

    void add(Connection connection) {
        open.add(connection);
        if (stopping) {
            connection.end(CloseStatus.SHUTDOWN, "the service is stopping");
        }
    }

    void remove(Connection connection) {
        open.remove(connection);
    }

    SubscriberLimits limits() {
        return limits;
    }

    SubscriberMetrics metrics() {
        return metrics;
    }

    /** How many of these are open. */
    long count(Transport transport) {
        return open.stream()
                .filter(connection -> connection.transport() == transport)
                .count();
    }

    /** How many names and patterns the open ones are subscribed to. */
    long subscriptions() {
        return open.stream().mapToLong(Connection::subscriptions).sum();
    }

    @Override
    public void start() {
        checking.start();
    }

    private void check() {
        Duration interval = limits.pingAfter().compareTo(limits.checkpointEvery()) < 0
                ? limits.pingAfter()
                : limits.checkpointEvery();
        try {
            while (true) {
                Thread.sleep(interval.dividedBy(5));
                long now = System.nanoTime();
                for (Connection connection : open) {
                    connection.check(now);
                }
            }
        } catch (InterruptedException e) {
            // The service stops.
        }
    }

    /** Ends every connection with 1001 and the id to resume after, and waits a little for the clients to hear it. */
    @Override
    public void stop() {
        stopping = true;
        for (Connection connection : open) {
            connection.end(CloseStatus.SHUTDOWN, "the service is stopping");
        }
        try {
            long deadline = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            while (!open.isEmpty() && System.nanoTime() < deadline) {
                Thread.sleep(10);
            }
            checking.interrupt();
            checking.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
