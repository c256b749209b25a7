package io.eventhandler.publish;

import io.eventhandler.web.ByteBudget;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** How requests to publish end, and how long they take. Thread-safe. */
final class PublishMetrics {

    /** How a request ended. */
    enum Outcome {
        /** Committed. */
        STORED,
        /** Answered from an earlier publish with the same idempotency key. */
        REPLAYED,
        /** At fault itself: 4xx. */
        REFUSED,
        /** Not stored, for no fault of its own: 503. */
        UNAVAILABLE,
        /** Perhaps stored: 503. */
        UNKNOWN;

        /** Of an answer with this status that says that nothing was stored. */
        static Outcome ofError(int status) {
            return status < 500 ? REFUSED : UNAVAILABLE;
        }
    }

    private final Map<Outcome, Timer> timers = new EnumMap<>(Outcome.class);

    /**
     * @param underWay requests that have not ended
     * @param budget of what they hold
     */
    PublishMetrics(MeterRegistry registry, Number underWay, ByteBudget budget) {
        Gauge.builder("eventhandler.publish.under.way", underWay, Number::doubleValue)
                .description("Requests to publish that are being read or wait for their answer")
                .register(registry);
        Gauge.builder("eventhandler.publish.held", budget, ByteBudget::held)
                .description("Bytes that these requests hold, MAX_PENDING_SIZE at most")
                .baseUnit("bytes")
                .register(registry);
        for (Outcome outcome : Outcome.values()) {
            timers.put(
                    outcome,
                    Timer.builder("eventhandler.publish")
                            .description("Requests to publish, from their headers to their answer")
                            .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
    }

    /** A request that came at {@link System#nanoTime} {@code startNanos} is being answered. */
    void answered(Outcome outcome, long startNanos) {
        Objects.requireNonNull(timers.get(outcome)).record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
    }
}
