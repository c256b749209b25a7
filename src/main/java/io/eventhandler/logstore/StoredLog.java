package io.eventhandler.logstore;

import java.time.Instant;

/**
 * A record as the store has it. Immutable.
 *
 * @param id grows with its arrival, roughly
 * @param time when it happened, to the microsecond; when it arrived, if the sender doesn't say
 * @param record what was logged, its time the same
 */
public record StoredLog(long id, Instant time, LogRecord record) {

    /** What it takes in memory, roughly. */
    int bytes() {
        String resource = record.origin().resource();
        return record.bytes() + (resource == null ? 0 : resource.length());
    }
}
