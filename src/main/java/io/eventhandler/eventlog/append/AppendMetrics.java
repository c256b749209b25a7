package io.eventhandler.eventlog.append;

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
    private final Timer locks;
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
        this.locks = timer(registry, "lock");
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
                .description(
                        "Batches. wait: of the first publisher in the queue. lock: for the order lock in PostgreSQL,"
                                + " which other replicas hold. write: the rest of the statement, and its commit")
                .tag("phase", phase)
                .register(registry);
    }

    /** A batch leaves the queue, whose first publisher has waited so long. */
    void taken(long waitNanos) {
        waits.record(waitNanos, TimeUnit.NANOSECONDS);
    }

    /** A batch's statement took so long, its commit included, so much of which for the order lock. */
    void written(long nanos, long lockNanos) {
        locks.record(lockNanos, TimeUnit.NANOSECONDS);
        writes.record(nanos - lockNanos, TimeUnit.NANOSECONDS);
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
