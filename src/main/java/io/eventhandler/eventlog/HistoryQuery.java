package io.eventhandler.eventlog;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which events of the log to read.
 *
 * @param eventNames any of these names; empty for all
 * @param after only ids greater than this, null for no bound
 * @param before only ids smaller than this, null for no bound
 * @param ascending oldest first, otherwise newest first
 * @param limit events at most
 */
public record HistoryQuery(
        List<String> eventNames,
        @Nullable Long after,
        @Nullable Long before,
        boolean ascending,
        int limit) {}
