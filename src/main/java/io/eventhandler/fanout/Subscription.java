package io.eventhandler.fanout;

/** A subscriber's interest in one name. Belongs to the {@link Hub} that made it. */
public final class Subscription {

    private final String name;
    private final Subscriber subscriber;
    private int index = -1; // in its list, guarded by the hub

    Subscription(String name, Subscriber subscriber) {
        this.name = name;
        this.subscriber = subscriber;
    }

    /** The name subscribed to. */
    public String name() {
        return name;
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
