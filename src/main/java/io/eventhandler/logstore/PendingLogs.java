package io.eventhandler.logstore;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Records that came together and are stored together.
 *
 * @param bytes of all of them
 * @param outcome done when they are stored for good
 */
record PendingLogs(List<LogRecord> records, long bytes, CompletableFuture<Void> outcome) {

    static PendingLogs of(List<LogRecord> records) {
        long bytes = records.stream().mapToLong(LogRecord::bytes).sum();
        return new PendingLogs(List.copyOf(records), bytes, new CompletableFuture<>());
    }
}
