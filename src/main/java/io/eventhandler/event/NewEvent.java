package io.eventhandler.event;

import org.jspecify.annotations.Nullable;

/**
 * An event that is to be appended. Immutable; the payload array must not be changed.
 *
 * @param name a valid {@link EventName}
 * @param source who publishes it, 1 to 255 bytes
 * @param payload one valid JSON value, as UTF-8 text
 * @param metadata a flat JSON object of strings, or null for none
 * @param idempotencyKey the name of an {@link IdempotencyKey}; of all events with this source and key one is appended. Null for no such promise
 */
@SuppressWarnings("ArrayRecordComponent") // carried through unchanged from the request to the log
public record NewEvent(
        String name,
        String source,
        byte[] payload,
        @Nullable String metadata,
        @Nullable String idempotencyKey) {

    /** The source of an event whose publisher names none. */
    public static final String DEFAULT_SOURCE = "api";
}
