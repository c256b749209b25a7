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
 * @param traceParent the trace that it is a part of (W3C Trace Context, section 3.2), null for none; not a part of what is
 *     published: a repetition may have another
 */
@SuppressWarnings("ArrayRecordComponent") // carried through unchanged from the request to the log
public record NewEvent(
        String name,
        String source,
        byte[] payload,
        @Nullable String metadata,
        @Nullable String idempotencyKey,
        @Nullable String traceParent) {

    private static final String TRACE_PARENT = "traceparent";

    public NewEvent(
            String name, String source, byte[] payload, @Nullable String metadata, @Nullable String idempotencyKey) {
        this(name, source, payload, metadata, idempotencyKey, null);
    }

    /** See {@link Event#bytes}. */
    public int bytes() {
        return payload.length
                + name.length()
                + source.length()
                + (metadata == null ? 0 : metadata.length())
                + (traceParent == null ? 0 : TRACE_PARENT.length() + traceParent.length() + 7);
    }

    /** The same event as a part of this trace. */
    public NewEvent withTraceParent(String traceParent) {
        return new NewEvent(name, source, payload, metadata, idempotencyKey, traceParent);
    }

    /** The metadata as the log keeps it: with the trace, unless it names one itself. */
    public @Nullable String storedMetadata() {
        if (traceParent == null || (metadata != null && metadata.contains('"' + TRACE_PARENT + '"'))) {
            return metadata;
        }
        String member = "\"%s\":\"%s\"".formatted(TRACE_PARENT, traceParent);
        if (metadata == null) {
            return "{" + member + "}";
        }
        String rest = metadata.substring(1).stripLeading();
        return "{" + member + (rest.equals("}") ? "" : ",") + rest;
    }

    /** The source of an event whose publisher names none. */
    public static final String DEFAULT_SOURCE = "api";
}
