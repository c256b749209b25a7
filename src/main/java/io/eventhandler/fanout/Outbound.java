package io.eventhandler.fanout;

import io.eventhandler.event.Event;
import org.jspecify.annotations.Nullable;

/** Something on its way to subscribers: an event, shared by all of them, or a reply to one of them. Thread-safe. */
public final class Outbound {

    /** Turns an event into the bytes of one message. */
    @FunctionalInterface
    public interface Encoder {
        byte[] encode(Event event);
    }

    /** One encoding of the message; a message has one for each encoder that was asked for. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Encoded(
            @Nullable Encoder encoder,
            byte[] bytes,
            @Nullable Encoded next) {}

    private final @Nullable Event event;
    private volatile @Nullable Encoded encodings; // immutable, so read without a lock

    private Outbound(@Nullable Event event, @Nullable Encoded encodings) {
        this.event = event;
        this.encodings = encodings;
    }

    /** An event for any number of subscribers. */
    public static Outbound of(Event event) {
        return new Outbound(event, null);
    }

    /** A message for one subscriber that is no event. */
    public static Outbound reply(byte[] message) {
        return new Outbound(null, new Encoded(null, message, null));
    }

    /** The event's id, 0 for a reply. */
    public long id() {
        return event == null ? 0 : event.id();
    }

    /**
     * The message's bytes; an event is encoded at the first call with an encoder and then shared. Encoders are told apart
     * by identity.
     */
    public byte[] bytes(Encoder encoder) {
        byte[] bytes = encoded(encoder);
        return bytes == null ? encode(encoder) : bytes;
    }

    @SuppressWarnings("ReferenceEquality") // the same encoder object means the same format
    private byte @Nullable [] encoded(Encoder encoder) {
        for (Encoded encoded = encodings; encoded != null; encoded = encoded.next) {
            if (event == null || encoded.encoder == encoder) {
                return encoded.bytes;
            }
        }
        return null;
    }

    private synchronized byte[] encode(Encoder encoder) {
        byte[] bytes = encoded(encoder); // another thread may have been first
        if (bytes == null) {
            if (event == null) {
                throw new IllegalStateException("a reply is made with its bytes");
            }
            bytes = encoder.encode(event);
            encodings = new Encoded(encoder, bytes, encodings);
        }
        return bytes;
    }
}
