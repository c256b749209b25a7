package io.eventhandler.logstore;

import io.eventhandler.event.NamePattern;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Selects records; null for no condition. They come in order of time, and of arrival at the same time. Immutable.
 *
 * @param services whose names one of these selects
 * @param severity the lowest, as OpenTelemetry counts
 * @param since their time is this or later
 * @param until their time is earlier
 * @param text what their message contains, in upper or lower case
 * @param traceId 32 hexadecimal digits
 * @param attributes a JSON object that their attributes contain
 * @param ascending the oldest first, else the newest
 * @param limit at most so many
 * @param after later than the record with this id
 * @param before earlier than the record with this id
 */
public record LogQuery(
        @Nullable List<NamePattern> services,
        @Nullable Integer severity,
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable String text,
        @Nullable String traceId,
        @Nullable String attributes,
        boolean ascending,
        int limit,
        @Nullable Long after,
        @Nullable Long before) {

    public static final int MAX_LIMIT = 1_000;

    /** The newest of all. */
    public static LogQuery newest(int limit) {
        return new LogQuery(null, null, null, null, null, null, null, false, limit, null, null);
    }

    /** The same, of these services alone. */
    public LogQuery withServices(@Nullable List<NamePattern> others) {
        return new LogQuery(others, severity, since, until, text, traceId, attributes, ascending, limit, after, before);
    }

    /** The same, at most so many of these times. */
    LogQuery within(Instant from, Instant to, int count) {
        return new LogQuery(services, severity, from, to, text, traceId, attributes, ascending, count, after, before);
    }

    /** Whether an index leads to what it selects, and little else. */
    boolean isFoundByIndex() {
        return traceId != null || (text == null && attributes == null && severity == null);
    }
}
