package io.eventhandler.activity;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Decides which refused credentials get a line: the first few of each address a minute, and not too many in all, so that
 * whoever tries tokens fills no disk. Thread-safe.
 */
final class Refusals {

    /** A line is not due. */
    static final long NONE = -1;

    /** So many lines a minute for one address. */
    static final int MAX_PER_ADDRESS = 5;

    /** So many lines a minute in all, and so many addresses are remembered. */
    static final int MAX = 100;

    private static final long WINDOW_NANOS = Duration.ofMinutes(1).toNanos();

    private final Map<String, Integer> written = new HashMap<>();
    private long windowStart = Long.MIN_VALUE;
    private int total;
    private long leftOut;

    /**
     * One more was refused.
     *
     * @param remote the client's address, and its port
     * @return how many were left out since the last line when this one is due, else {@link #NONE}
     */
    synchronized long count(String remote, long nanoTime) {
        if (windowStart == Long.MIN_VALUE || nanoTime - windowStart >= WINDOW_NANOS) {
            written.clear();
            total = 0;
            windowStart = nanoTime;
        }
        String address = remote.substring(0, Math.max(0, remote.lastIndexOf(':')));
        if (total >= MAX || written.getOrDefault(address, 0) >= MAX_PER_ADDRESS) {
            leftOut++;
            return NONE;
        }
        written.merge(address, 1, Integer::sum);
        total++;
        long since = leftOut;
        leftOut = 0;
        return since;
    }
}
