package io.eventhandler.eventlog;

import io.eventhandler.event.Event;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A place in the log, with what tells that it is still the same log.
 *
 * @param id of an event, 0 before the first
 * @param createdAt when that event was appended, null before the first
 */
public record LogPosition(long id, @Nullable Instant createdAt) {

    /** The place of this event. */
    public static LogPosition of(Event event) {
        return new LogPosition(event.id(), event.createdAt());
    }
}
