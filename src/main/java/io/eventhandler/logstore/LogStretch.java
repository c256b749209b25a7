package io.eventhandler.logstore;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where a search is: times from one on and before another, on the way from the one end to the other. Immutable.
 *
 * @param earliest where all ends
 * @param latest before which all ends
 */
record LogStretch(Instant from, Instant to, boolean ascending, Instant earliest, Instant latest, Duration length) {

    private static final Duration FIRST = Duration.ofHours(1);
    private static final int GROWTH = 4;

    /** The first of those that cover what the query may find. */
    static LogStretch first(LogQuery query, LogSql.Scope scope, LogSql.Extent extent) {
        Instant earliest = later(extent.from(), query.since());
        Instant latest = earlier(extent.to(), query.until());
        LogSql.Position after = scope.after();
        LogSql.Position before = scope.before();
        earliest = later(earliest, after == null ? null : after.time());
        latest = earlier(latest, before == null ? null : before.time().plusSeconds(1));
        if (earliest == null || latest == null) {
            return new LogStretch(Instant.MIN, Instant.MIN, true, Instant.MIN, Instant.MIN, FIRST);
        }
        Instant start = query.ascending() ? earliest : latest;
        return new LogStretch(start, start, query.ascending(), earliest, latest, FIRST).next();
    }

    /** The one that follows, empty behind the last. */
    LogStretch next() {
        Duration longer = length.multipliedBy(GROWTH);
        return ascending
                ? new LogStretch(to, plus(to, length), true, earliest, latest, longer)
                : new LogStretch(minus(from, length), from, false, earliest, latest, longer);
    }

    private Instant plus(Instant start, Duration length) {
        return Duration.between(start, latest).compareTo(length) < 0 ? latest : start.plus(length);
    }

    private Instant minus(Instant start, Duration length) {
        return Duration.between(earliest, start).compareTo(length) < 0 ? earliest : start.minus(length);
    }

    boolean isEmpty() {
        return !from.isBefore(to);
    }

    private static @Nullable Instant later(@Nullable Instant a, @Nullable Instant b) {
        return a == null || (b != null && b.isAfter(a)) ? b : a;
    }

    private static @Nullable Instant earlier(@Nullable Instant a, @Nullable Instant b) {
        return a == null || (b != null && b.isBefore(a)) ? b : a;
    }
}
