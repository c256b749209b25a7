package io.eventhandler.history;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How queries of the history end, and how long they take. Thread-safe. */
final class HistoryMetrics {

    /** What was asked for. */
    enum Kind {
        /** A page, or one event. */
        PAGE,
        /** A stream. */
        EXPORT
    }

    /** How the answer ended. */
    enum Outcome {
        /** Complete. */
        OK,
        /** At fault itself: 4xx. */
        REFUSED,
        /** 5xx, or a stream that broke off. */
        FAILED;

        /** Of an answer with this status. */
        static Outcome ofError(int status) {
            return status < 500 ? REFUSED : FAILED;
        }
    }

    private final Meter.MeterProvider<Timer> timers;

    HistoryMetrics(MeterRegistry registry) {
        this.timers = Timer.builder("eventhandler.history")
                .description("Queries of the history; a stream counts to its end")
                .withRegistry(registry);
        for (Kind kind : Kind.values()) {
            for (Outcome outcome : Outcome.values()) {
                timer(kind, outcome); // shown from the start on
            }
        }
    }

    /** A query that came at {@link System#nanoTime} {@code startNanos} has been answered. */
    void answered(Kind kind, Outcome outcome, long startNanos) {
        timer(kind, outcome).record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Kind kind, Outcome outcome) {
        return timers.withTags("kind", lower(kind), "outcome", lower(outcome));
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
