package io.eventhandler.eventlog.read;

import io.eventhandler.event.NamePattern;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which events of the log to read.
 *
 * @param patterns names selected by any of these; empty for all
 * @param source only from this source, null for any
 * @param payload only payloads that contain this JSON, as PostgreSQL's {@code @>} has it; null for any
 * @param after only ids greater than this, null for no bound
 * @param before only ids smaller than this, null for no bound
 * @param since only what was appended at this time or later, null for no bound
 * @param until only what was appended earlier, null for no bound
 * @param ascending oldest first, otherwise newest first
 * @param limit events at most
 */
public record HistoryQuery(
        List<NamePattern> patterns,
        @Nullable String source,
        @Nullable String payload,
        @Nullable Long after,
        @Nullable Long before,
        @Nullable Instant since,
        @Nullable Instant until,
        boolean ascending,
        long limit) {

    /** The same of events with other names. */
    public HistoryQuery withPatterns(List<NamePattern> others) {
        return new HistoryQuery(others, source, payload, after, before, since, until, ascending, limit);
    }
}
