package io.eventhandler.eventlog;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What an appender does, measured batch by batch. Thread-safe. */
final class AppendMetrics {

    private final DistributionSummary batches;
    private final Timer waits;
    private final Timer writes;

    /**
     * @param capacity events that may be queued
     */
    AppendMetrics(MeterRegistry registry, AppendQueue queue, int capacity) {
        this.batches = DistributionSummary.builder("eventhandler.append.batch")
                .description("Events that were stored with one statement")
                .baseUnit("events")
                .register(registry);
        this.waits = timer(registry, "wait");
        this.writes = timer(registry, "write");
        Gauge.builder("eventhandler.append.queue", queue::events)
                .description("Events that wait to be written")
                .baseUnit("events")
                .register(registry);
        Gauge.builder("eventhandler.append.queue.capacity", () -> capacity)
                .description("Events that may wait to be written, beyond it publishers are answered 503")
                .baseUnit("events")
                .register(registry);
    }

    private static Timer timer(MeterRegistry registry, String phase) {
        return Timer.builder("eventhandler.append")
                .description("Batches. wait: of a batch's first publisher in the queue. write: the statement and its"
                        + " commit, with the wait for the order lock in PostgreSQL")
                .tag("phase", phase)
                .register(registry);
    }

    /** A batch leaves the queue, whose first publisher has waited so long. */
    void taken(long waitNanos) {
        waits.record(waitNanos, TimeUnit.NANOSECONDS);
    }

    /** A batch's statement, sent at {@link System#nanoTime} {@code startNanos}, was answered. */
    void answered(long startNanos) {
        writes.record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
    }

    /** A batch is stored. */
    void stored(List<PendingAppend> batch) {
        int events = 0;
        for (PendingAppend pending : batch) {
            events += pending.size();
        }
        batches.record(events);
    }
}
