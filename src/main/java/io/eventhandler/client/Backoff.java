package io.eventhandler.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before the next try: anything up to a bound that doubles with each failure, so that many clients do not come
 * back at once. Not thread-safe.
 */
final class Backoff {

    private static final int MAX_DOUBLINGS = 20;

    private final long first;
    private final long max;
    private int failures;

    Backoff(Duration first, Duration max) {
        this.first = first.toMillis();
        this.max = max.toMillis();
    }

    /** After one more failure. */
    Duration next() {
        long bound = Math.min(max, first << Math.min(failures, MAX_DOUBLINGS));
        failures++;
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(bound / 2, bound + 1));
    }

    /** It has worked. */
    void reset() {
        failures = 0;
    }
}
