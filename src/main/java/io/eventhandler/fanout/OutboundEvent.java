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
    private volatile @Nullable Formatted formatted; // a list: there are few formats

    private OutboundEvent(Event event) {
        this.event = event;
    }

    /** An event for any number of subscribers. */
    public static OutboundEvent of(Event event) {
        return new OutboundEvent(event);
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
            message = OutboundMessage.event(event.id(), format.encode(event));
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
