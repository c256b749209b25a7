package io.eventhandler.logstore;

import io.eventhandler.service.Memory;
import io.eventhandler.service.SettingsReader;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How many logs of services are kept, and what they may take of a replica.
 *
 * @param retention days are removed when all their records are older
 * @param retentionBytes days are removed, the oldest first, while all take more on disk; null for no bound
 * @param queueBytes of records that may wait to be stored
 * @param poolSize connections for queries
 * @param timeout how long a query may take
 */
public record LogStoreOptions(
        Duration retention, @Nullable Long retentionBytes, int queueBytes, int poolSize, Duration timeout) {

    /** Reads what starts with {@code LOG_RETENTION}, {@code LOG_QUEUE} and {@code LOG_POOL}. */
    public static LogStoreOptions read(SettingsReader in) {
        Integer queueBytes = in.optionalSize(
                "LOG_QUEUE_SIZE",
                "an eighth of the heap, 64MiB at most",
                "64KiB",
                "1GiB",
                "logs of services that wait to be stored, beyond it senders are answered 503");
        return new LogStoreOptions(
                in.duration(
                        "LOG_RETENTION",
                        "7d",
                        "1h",
                        "36500d",
                        "the age at which logs of services are removed, by whole days"),
                in.optionalLargeSize(
                        "LOG_RETENTION_SIZE",
                        "none: the age decides alone",
                        "1MiB",
                        "1048576GiB",
                        "the disk space beyond which the oldest days of logs of services are removed, though never today"),
                queueBytes == null ? Memory.eighthOfHeap(64 << 20) : queueBytes,
                in.integer("LOG_POOL_SIZE", 4, 1, 1_000, "connections for queries of logs of services"),
                in.duration("LOG_TIMEOUT", "10s", "10ms", "1h", "how long a query of logs of services may take"));
    }
}
