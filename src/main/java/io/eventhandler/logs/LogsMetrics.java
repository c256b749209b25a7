package io.eventhandler.logs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** What becomes of requests with logs. Thread-safe. */
final class LogsMetrics {

    private final Timer stored;
    private final Timer refused;
    private final Timer unavailable;
    private final Counter rejected;

    LogsMetrics(MeterRegistry registry) {
        stored = timer(registry, "stored");
        refused = timer(registry, "refused");
        unavailable = timer(registry, "unavailable");
        rejected = Counter.builder("eventhandler.log.records.rejected")
                .description("Log records of services that made no sense, in requests whose other records were stored")
                .register(registry);
    }

    private static Timer timer(MeterRegistry registry, String outcome) {
        return Timer.builder("eventhandler.log.requests")
                .description("Requests with logs of services, to their answer")
                .tag("outcome", outcome)
                .register(registry);
    }

    /**
     * @param without so many records
     */
    void stored(int without, long startNanos) {
        rejected.increment(without);
        stored.record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
    }

    /**
     * @param status of the answer
     */
    void refused(int status, long startNanos) {
        (status < 500 ? refused : unavailable).record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
    }
}
