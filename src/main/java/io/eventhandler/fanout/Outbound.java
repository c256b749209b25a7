package io.eventhandler.fanout;

import io.eventhandler.event.Event;
import org.jspecify.annotations.Nullable;

/** An event on its way to any number of subscribers, encoded once per format. Thread-safe. */
public final class Outbound {

    /** Turns an event into the bytes of one message. The same object means the same format. */
    @FunctionalInterface
    public interface Encoder {
        byte[] encode(Event event);
    }

    private record Encoded(
            Encoder encoder, Message message, @Nullable Encoded next) {}

    private final Event event;
    private volatile @Nullable Encoded encodings; // a list: there are few formats

    private Outbound(Event event) {
        this.event = event;
    }

    /** An event for any number of subscribers. */
    public static Outbound of(Event event) {
        return new Outbound(event);
    }

    /** The event's message; encoded at the first call and then shared. */
    public Message message(Encoder encoder) {
        Message message = find(encoder);
        return message == null ? encode(encoder) : message;
    }

    private synchronized Message encode(Encoder encoder) {
        Message message = find(encoder);
        if (message == null) {
            message = Message.event(event.id(), encoder.encode(event));
            encodings = new Encoded(encoder, message, encodings);
        }
        return message;
    }

    @SuppressWarnings("ReferenceEquality")
    private @Nullable Message find(Encoder encoder) {
        for (Encoded encoded = encodings; encoded != null; encoded = encoded.next) {
            if (encoded.encoder == encoder) {
                return encoded.message;
            }
        }
        return null;
    }
}
