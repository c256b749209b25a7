package io.eventhandler.eventlog.append;

import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * A batch's place in the log: event {@code i} of it has the id {@code firstId + i}.
 *
 * @param previousAt when the event before the batch was appended, null when there is none
 */
record Appended(long firstId, Instant createdAt, @Nullable Instant previousAt) {

    static Appended of(long firstId, OffsetDateTime createdAt, @Nullable OffsetDateTime previousAt) {
        return new Appended(firstId, createdAt.toInstant(), previousAt == null ? null : previousAt.toInstant());
    }
}
