package io.eventhandler.eventlog.append;

import java.time.Instant;

/** A batch's place in the log: event {@code i} of it has the id {@code firstId + i}. */
record Appended(long firstId, Instant createdAt) {}
