package io.eventhandler.fanout;

import io.eventhandler.event.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** Hands each event to the subscribers of its name. See the package for who may call what. */
public final class Hub {

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, SubscriptionList> byName = new HashMap<>();
    private final List<Subscriber> toFlush = new ArrayList<>();

    /** Subscribes to the events of this name that are published from now on. */
    public Subscription subscribe(String name, Subscriber subscriber) {
        var subscription = new Subscription(name, subscriber);
        lock.lock();
        try {
            byName.computeIfAbsent(name, key -> new SubscriptionList()).add(subscription);
        } finally {
            lock.unlock();
        }
        return subscription;
    }

    /** Ends a subscription; when this returns, no further event is offered for it. Ending it again does nothing. */
    public void unsubscribe(Subscription subscription) {
        lock.lock();
        try {
            SubscriptionList list = byName.get(subscription.name());
            if (list == null || subscription.index() < 0) {
                return;
            }
            list.remove(subscription);
            if (list.isEmpty()) {
                byName.remove(subscription.name());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Hands over events in ascending order of id. For the one publishing thread. */
    public void publish(List<Event> events) {
        lock.lock();
        try {
            for (Event event : events) {
                SubscriptionList list = byName.get(event.name());
                if (list != null) {
                    list.offer(Outbound.of(event), toFlush);
                }
            }
        } finally {
            lock.unlock();
        }
        for (Subscriber subscriber : toFlush) {
            subscriber.flush();
        }
        toFlush.clear();
    }
}
