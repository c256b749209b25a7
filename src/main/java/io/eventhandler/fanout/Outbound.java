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

    @SuppressWarnings("ArrayRecordComponent")
    private record Encoded(@Nullable Encoder encoder, byte[] bytes) {}

    private final @Nullable Event event;
    private volatile @Nullable Encoded latest;

    private Outbound(@Nullable Event event, @Nullable Encoded encoded) {
        this.event = event;
        this.latest = encoded;
    }

    /** An event for any number of subscribers. */
    public static Outbound of(Event event) {
        return new Outbound(event, null);
    }

    /** A message for one subscriber that is no event. */
    public static Outbound reply(byte[] message) {
        return new Outbound(null, new Encoded(null, message));
    }

    /** The event's id, 0 for a reply. */
    public long id() {
        return event == null ? 0 : event.id();
    }

    /** The message's bytes; an event is encoded at the first call and then shared. */
    @SuppressWarnings("ReferenceEquality") // the same encoder object means the same format
    public byte[] bytes(Encoder encoder) {
        Encoded encoded = latest;
        if (encoded == null || (event != null && encoded.encoder != encoder)) {
            if (event == null) {
                throw new IllegalStateException("a reply is made with its bytes");
            }
            encoded = new Encoded(encoder, encoder.encode(event));
            latest = encoded;
        }
        return encoded.bytes;
    }
}
