package io.eventhandler.fanout;

import java.util.ArrayList;
import java.util.List;

/** The subscriptions of one name, in no order; adding and removing take constant time. Guarded by the hub. */
final class SubscriptionList {

    private final List<Subscription> items = new ArrayList<>(1);

    void add(Subscription subscription) {
        subscription.index(items.size());
        items.add(subscription);
    }

    void remove(Subscription subscription) {
        Subscription last = items.removeLast();
        if (last != subscription) {
            items.set(subscription.index(), last);
            last.index(subscription.index());
        }
        subscription.index(-1);
    }

    int size() {
        return items.size();
    }

    boolean isEmpty() {
        return items.isEmpty();
    }

    void offer(OutboundEvent event, List<Subscriber> toFlush) {
        for (int i = 0; i < items.size(); i++) {
            Subscription subscription = items.get(i);
            Subscriber subscriber = subscription.subscriber();
            try {
                if (subscriber.offer(event.message(subscription.format()))) {
                    toFlush.add(subscriber);
                }
            } catch (RuntimeException | Error e) {
                subscriber.fail(e);
            }
        }
    }
}
