package io.eventhandler.wakeup;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.BooleanSupplier;

/** How a replica is told of the head. Thread-safe. */
final class WakeUpMetrics {

    private final Counter notifications;
    private final Counter polls;
    private final Counter heartbeats;
    private final Counter reconnects;

    /**
     * @param listens whether notifications arrive now
     */
    WakeUpMetrics(MeterRegistry registry, BooleanSupplier listens) {
        this.notifications = wakeUps(registry, "notification");
        this.polls = wakeUps(registry, "poll");
        this.heartbeats = wakeUps(registry, "heartbeat");
        this.reconnects = Counter.builder("eventhandler.listen.reconnects")
                .description("LISTEN connections after the first")
                .register(registry);
        Gauge.builder("eventhandler.listen.up", () -> listens.getAsBoolean() ? 1 : 0)
                .description("1 while notifications arrive, 0 while this replica polls instead")
                .register(registry);
    }

    private static Counter wakeUps(MeterRegistry registry, String kind) {
        return Counter.builder("eventhandler.wakeups")
                .description(
                        "How often this replica was told the log's head: by a notification, or by reading it because"
                                + " notifications don't arrive (poll) or to be sure (heartbeat)")
                .tag("kind", kind)
                .register(registry);
    }

    void notified() {
        notifications.increment();
    }

    void polled() {
        polls.increment();
    }

    void heartbeat() {
        heartbeats.increment();
    }

    void reconnected() {
        reconnects.increment();
    }
}
