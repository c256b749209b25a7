package io.eventhandler.fanout;

import io.eventhandler.event.NamePattern;

/** A subscriber's interest in the names that a pattern selects. Belongs to the {@link Hub} that made it. */
public final class Subscription {

    private final NamePattern pattern;
    private final Outbound.Encoder encoder;
    private final Subscriber subscriber;
    private int index = -1; // in its list, guarded by the hub

    Subscription(NamePattern pattern, Outbound.Encoder encoder, Subscriber subscriber) {
        this.pattern = pattern;
        this.encoder = encoder;
        this.subscriber = subscriber;
    }

    /** What was subscribed to. */
    public NamePattern pattern() {
        return pattern;
    }

    Outbound.Encoder encoder() {
        return encoder;
    }

    Subscriber subscriber() {
        return subscriber;
    }

    int index() {
        return index;
    }

    void index(int value) {
        index = value;
    }
}
