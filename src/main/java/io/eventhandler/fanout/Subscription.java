package io.eventhandler.fanout;

import io.eventhandler.event.NamePattern;

/** A subscriber's interest in the names that a pattern selects. Belongs to the {@link Hub} that made it. */
public final class Subscription {

    private final NamePattern pattern;
    private final MessageFormat format;
    private final Subscriber subscriber;
    private int index = -1; // in its list, guarded by the hub

    Subscription(NamePattern pattern, MessageFormat format, Subscriber subscriber) {
        this.pattern = pattern;
        this.format = format;
        this.subscriber = subscriber;
    }

    /** What was subscribed to. */
    public NamePattern pattern() {
        return pattern;
    }

    MessageFormat format() {
        return format;
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
