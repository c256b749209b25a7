package io.eventhandler.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much a client may have a second: a token bucket of one second's worth for each. Who asks for more at once than a bucket
 * holds gets it from a full one, and waits the longer afterwards. Thread-safe; never blocks.
 */
public final class RateLimit {

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int MAX_CLIENTS = 10_000;

    /** Longer than any bucket takes to be full again: then it is as good as a new one. */
    private static final Duration FORGET_AFTER = Duration.ofMinutes(20);

    private final Limited limited;
    private final String setting;
    private final String what;
    private final int perSecond;
    private final Cache<String, AtomicLong> fullAt = Caffeine.newBuilder() // by System.nanoTime
            .maximumSize(MAX_CLIENTS)
            .expireAfterAccess(FORGET_AFTER)
            .build();

    /**
     * @param setting that it is set by
     * @param what is counted, for people
     * @param perSecond 0 for no limit
     */
    public RateLimit(Limited limited, String setting, String what, int perSecond) {
        this.limited = limited;
        this.setting = setting;
        this.what = what;
        this.perSecond = perSecond;
    }

    /** Whether there is a limit. */
    public boolean isOn() {
        return perSecond > 0;
    }

    /**
     * Takes so many for this client, or none.
     *
     * @throws io.eventhandler.web.ApiException 429 saying when it may have them
     */
    public void take(String client, int count) {
        if (isOn()) {
            take(client, count, SECOND_NANOS - count * SECOND_NANOS / perSecond);
        }
    }

    /**
     * Whether this client has any left.
     *
     * @throws io.eventhandler.web.ApiException 429 saying when it will
     */
    public void check(String client) {
        AtomicLong full = isOn() ? fullAt.getIfPresent(client) : null;
        if (full != null) {
            long wait = full.get() - System.nanoTime() - SECOND_NANOS + SECOND_NANOS / perSecond;
            if (wait > 0) {
                throw refusal(wait);
            }
        }
    }

    /** Takes one from this client, if it has any left. */
    public void count(String client) {
        if (isOn()) {
            long now = System.nanoTime();
            bucket(client, now)
                    .updateAndGet(full ->
                            now + Math.min(Math.max(full - now, 0) + SECOND_NANOS / perSecond, SECOND_NANOS));
        }
    }

    private AtomicLong bucket(String client, long now) {
        return fullAt.get(client, any -> new AtomicLong(now));
    }

    /**
     * @param ahead how far the bucket may be from being full
     */
    private void take(String client, int count, long ahead) {
        long now = System.nanoTime();
        AtomicLong full = bucket(client, now);
        while (true) {
            long before = full.get();
            long wait = before - now - Math.max(ahead, 0);
            if (wait > 0) {
                throw refusal(wait);
            }
            long after = now + Math.max(before - now, 0) + count * SECOND_NANOS / perSecond;
            if (full.compareAndSet(before, after)) {
                return;
            }
        }
    }

    private RuntimeException refusal(long waitNanos) {
        long seconds = Math.max(1, (waitNanos + SECOND_NANOS - 1) / SECOND_NANOS);
        return limited.refusal(
                "too many %s: %s is %d a second, try again in %d s".formatted(what, setting, perSecond, seconds),
                Duration.ofSeconds(seconds));
    }
}
