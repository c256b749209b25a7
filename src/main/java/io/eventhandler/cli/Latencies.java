package io.eventhandler.cli;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Counts durations, to a hundredth of their size or better. Thread-safe. */
final class Latencies {

    /** Of each doubling. */
    private static final int STEPS = 128;

    private static final double SMALLEST_NANOS = 1_000;
    private static final int DOUBLINGS = 40;

    private final AtomicLongArray counts = new AtomicLongArray(STEPS * DOUBLINGS);
    private final LongAdder count = new LongAdder();

    void add(long nanos) {
        double doublings = Math.log(Math.max((double) nanos, SMALLEST_NANOS) / SMALLEST_NANOS) / Math.log(2);
        counts.incrementAndGet(Math.min((int) (doublings * STEPS), counts.length() - 1));
        count.increment();
    }

    long count() {
        return count.sum();
    }

    private double millis(double share) {
        long rank = (long) Math.ceil(share * count());
        long seen = 0;
        int step = 0;
        for (; step < counts.length() - 1; step++) {
            seen += counts.get(step);
            if (seen >= rank) {
                break;
            }
        }
        return SMALLEST_NANOS * Math.pow(2, (step + 1.0) / STEPS) / 1e6;
    }

    /** For people. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%.2f ms (half of them), %.2f ms (99 %%), %.2f ms (99.9 %%)",
                millis(0.5),
                millis(0.99),
                millis(0.999));
    }
}
