package io.eventhandler.event;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One stored event. Immutable; the payload array is shared and must not be changed.
 *
 * @param id the position in the log: 1, 2, 3 … without gaps, in commit order, the same on every replica
 * @param name what happened, see {@link EventName}
 * @param payload any JSON value, as UTF-8 text
 * @param createdAt when it was appended; never earlier than that of a smaller id
 * @param source who published it
 * @param status {@code processed} for every event of the log
 * @param metadata a flat JSON object of strings, or null for none
 */
@SuppressWarnings("ArrayRecordComponent") // shared by reference between the ring and all subscribers, by design
public record Event(
        long id,
        String name,
        byte[] payload,
        Instant createdAt,
        String source,
        String status,
        @Nullable String metadata) {

    /** The status of an event that is in the log. */
    public static final String PROCESSED = "processed";

    /** What it takes in memory and on the wire, roughly: whatever holds or sends events is bounded by this. */
    public int bytes() {
        return payload.length + name.length() + source.length() + (metadata == null ? 0 : metadata.length());
    }
}
