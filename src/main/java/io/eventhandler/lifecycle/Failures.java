package io.eventhandler.lifecycle;

import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Logs what fails again and again: each kind at once, then once a minute, with the number of times. A database that is
 * away, too slow or refusing is worth a warning, anything else an error with its stack trace. Thread-safe.
 */
public final class Failures {

    private static final long QUIET_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int MAX_KINDS = 100;

    private final Logger log;
    private final Map<Kind, Said> kinds = new HashMap<>();

    /** Of the same class, thrown at the same place. */
    private record Kind(Class<?> type, @Nullable StackTraceElement place) {

        static Kind of(Throwable failure) {
            StackTraceElement[] trace = failure.getStackTrace();
            return new Kind(failure.getClass(), trace.length == 0 ? null : trace[0]);
        }
    }

    /**
     * @param times that it failed since then
     */
    private record Said(long nanos, int times) {}

    public Failures(Logger log) {
        this.log = log;
    }

    /** Logs the failure, unless its kind was logged a moment ago. */
    public void say(Throwable failure, String what) {
        int times = timesToSay(Kind.of(failure), System.nanoTime());
        if (times == 0) {
            return;
        }
        var line = (isOfDatabase(failure) ? log.atWarn() : log.atError().setCause(failure))
                .addKeyValue("reason", String.valueOf(failure.getMessage()));
        (times == 1 ? line : line.addKeyValue("times", times)).log(what);
    }

    private synchronized int timesToSay(Kind kind, long now) {
        if (kinds.size() >= MAX_KINDS) {
            kinds.clear();
        }
        Said before = kinds.get(kind);
        if (before != null && now - before.nanos < QUIET_NANOS) {
            kinds.put(kind, new Said(before.nanos, before.times + 1));
            return 0;
        }
        kinds.put(kind, new Said(now, 0));
        return before == null ? 1 : before.times + 1;
    }

    /** Whether the database is to blame. */
    static boolean isOfDatabase(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException) {
                return true;
            }
        }
        return false;
    }
}
