package io.eventhandler.fanout;

import io.eventhandler.event.Event;
import org.jspecify.annotations.Nullable;

/** An event on its way to any number of subscribers, encoded once per format. Thread-safe. */
public final class OutboundEvent {

    private record Formatted(
            MessageFormat format,
            OutboundMessage message,
            @Nullable Formatted next) {}

    private final Event event;
    private final boolean isHandedOver;
    private volatile @Nullable Formatted formatted; // a list: there are few formats

    private OutboundEvent(Event event, boolean isHandedOver) {
        this.event = event;
        this.isHandedOver = isHandedOver;
    }

    /** An event for any number of subscribers. */
    public static OutboundEvent of(Event event) {
        return new OutboundEvent(event, false);
    }

    /** The same for one thread that hands it to all its subscribers and then calls {@link #handedOver}. */
    static OutboundEvent handOver(Event event) {
        return new OutboundEvent(event, true);
    }

    /** All subscribers that are to have it have it. */
    void handedOver() {
        for (Formatted known = formatted; known != null; known = known.next) {
            known.message.handedOver();
        }
    }

    public Event event() {
        return event;
    }

    /** The event's message; encoded at the first call and then shared. */
    public OutboundMessage message(MessageFormat format) {
        OutboundMessage message = find(format);
        return message == null ? encode(format) : message;
    }

    private synchronized OutboundMessage encode(MessageFormat format) {
        OutboundMessage message = find(format);
        if (message == null) {
            byte[] bytes = format.encode(event);
            message = isHandedOver
                    ? OutboundMessage.handOver(event.id(), bytes)
                    : OutboundMessage.event(event.id(), bytes);
            formatted = new Formatted(format, message, formatted);
        }
        return message;
    }

    @SuppressWarnings("ReferenceEquality")
    private @Nullable OutboundMessage find(MessageFormat format) {
        for (Formatted known = formatted; known != null; known = known.next) {
            if (known.format == format) {
                return known.message;
            }
        }
        return null;
    }
}
