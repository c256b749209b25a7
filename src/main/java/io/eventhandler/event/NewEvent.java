package io.eventhandler.event;

import org.jspecify.annotations.Nullable;

/**
 * An event that is to be appended. Immutable; the payload array must not be changed.
 *
 * @param name a valid {@link EventName}
 * @param source who publishes it, 1 to 255 bytes; {@link #DEFAULT_SOURCE} when it doesn't say so
 * @param payload one valid JSON value, as UTF-8 text
 * @param metadata a flat JSON object of strings, or null for none
 * @param idempotencyKey the name of an {@link IdempotencyKey}; of all events with this source and key one is appended. Null for no such promise
 * @param traceParent the trace that it is a part of (W3C Trace Context, section 3.2), null for none; not a part of what is
 *     published: a repetition may have another
 * @param traceState what others know of that trace (section 3.3), as text within a JSON string; null for nothing
 */
@SuppressWarnings("ArrayRecordComponent") // carried through unchanged from the request to the log
public record NewEvent(
        String name,
        String source,
        byte[] payload,
        @Nullable String metadata,
        @Nullable String idempotencyKey,
        @Nullable String traceParent,
        @Nullable String traceState) {

    private static final String TRACE_PARENT = "traceparent";
    private static final String TRACE_STATE = "tracestate";

    public NewEvent(
            String name, String source, byte[] payload, @Nullable String metadata, @Nullable String idempotencyKey) {
        this(name, source, payload, metadata, idempotencyKey, null, null);
    }

    /** See {@link Event#bytes}. */
    public int bytes() {
        return payload.length
                + name.length()
                + source.length()
                + (metadata == null ? 0 : metadata.length())
                + (traceParent == null ? 0 : TRACE_PARENT.length() + traceParent.length() + 7)
                + (traceState == null ? 0 : TRACE_STATE.length() + traceState.length() + 6);
    }

    /**
     * The same event as a part of this trace.
     *
     * @param state printable ASCII, or null
     */
    public NewEvent withTrace(String parent, @Nullable String state) {
        String text = state == null ? null : state.replace("\\", "\\\\").replace("\"", "\\\"");
        return new NewEvent(name, source, payload, metadata, idempotencyKey, parent, text);
    }

    /** The same event from another source. */
    public NewEvent withSource(String other) {
        return new NewEvent(name, other, payload, metadata, idempotencyKey, traceParent, traceState);
    }

    /** The same event with this idempotency key. */
    public NewEvent withKey(String key) {
        return new NewEvent(name, source, payload, metadata, key, traceParent, traceState);
    }

    /** The metadata as the log keeps it: with the trace, unless it names one itself. */
    public @Nullable String storedMetadata() {
        if (traceParent == null || (metadata != null && metadata.contains('"' + TRACE_PARENT + '"'))) {
            return metadata;
        }
        String member = "\"%s\":\"%s\"".formatted(TRACE_PARENT, traceParent);
        if (traceState != null && (metadata == null || !metadata.contains('"' + TRACE_STATE + '"'))) {
            member += ",\"%s\":\"%s\"".formatted(TRACE_STATE, traceState);
        }
        if (metadata == null) {
            return "{" + member + "}";
        }
        String rest = metadata.substring(1).stripLeading();
        return "{" + member + (rest.equals("}") ? "" : ",") + rest;
    }

    /** The source of an event whose publisher names none. */
    public static final String DEFAULT_SOURCE = "api";
}
