package io.eventhandler.fanout;

import io.eventhandler.event.Event;
import io.eventhandler.event.NamePattern;
import io.eventhandler.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;

/** Hands each event to the subscribers of its name. See the package for who may call what. */
public final class Hub {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private final Map<String, SubscriptionList> byName = new HashMap<>(); // exact names
    private final PatternIndex patterns = new PatternIndex();
    private final List<Subscriber> toFlush = new ArrayList<>();
    private final Tracing tracing;
    private final List<Span> delivering = new ArrayList<>(); // spans of the events that are being handed over
    private volatile long position; // written under the lock

    public Hub(Tracing tracing) {
        this.tracing = tracing;
    }

    /** Sets the position: before the first event is published, and when the log is another one from now on. */
    public void startAt(long head) {
        lock.lock();
        try {
            position = head;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The id of the last event that was handed over. */
    public long position() {
        return position;
    }

    /** Waits until the event with this id was handed over, at most this long. */
    public void awaitPosition(long id, Duration timeout) throws InterruptedException {
        lock.lock();
        try {
            long left = timeout.toNanos();
            while (position < id && left > 0) {
                left = moved.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Does something while no event is handed over, given the position. Everything up to it was offered to the
     * subscriptions there are, everything after it will be to those that the action makes.
     */
    public boolean atPosition(LongPredicate action) {
        lock.lock();
        try {
            return action.test(position);
        } finally {
            lock.unlock();
        }
    }

    /** Subscribes to the events that the pattern selects and that are published from now on, in this format. */
    public Subscription subscribe(NamePattern pattern, MessageFormat format, Subscriber subscriber) {
        var subscription = new Subscription(pattern, format, subscriber);
        lock.lock();
        try {
            if (pattern.isExact()) {
                byName.computeIfAbsent(pattern.text(), key -> new SubscriptionList())
                        .add(subscription);
            } else {
                patterns.add(subscription);
            }
        } finally {
            lock.unlock();
        }
        return subscription;
    }

    /** Ends a subscription; when this returns, no further event is offered for it. Ending it again does nothing. */
    public void unsubscribe(Subscription subscription) {
        lock.lock();
        try {
            if (subscription.index() < 0) {
                return;
            }
            if (!subscription.pattern().isExact()) {
                patterns.remove(subscription);
                return;
            }
            String name = subscription.pattern().text();
            SubscriptionList list = byName.get(name);
            if (list != null) {
                list.remove(subscription);
                if (list.isEmpty()) {
                    byName.remove(name);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hands over events in ascending order of id, and moves the position behind each. For the one publishing thread: when
     * it is thrown at, it goes on after the position.
     */
    public void publish(List<Event> events) {
        lock.lock();
        try {
            for (Event event : events) {
                publish(event);
                position = event.id();
            }
        } finally {
            moved.signalAll();
            lock.unlock();
            flush();
        }
    }

    private void flush() {
        for (Subscriber subscriber : toFlush) {
            try {
                subscriber.flush();
            } catch (RuntimeException | Error e) {
                subscriber.fail(e);
            }
        }
        toFlush.clear();
        delivering.forEach(Span::end);
        delivering.clear();
    }

    private void publish(Event event) {
        SubscriptionList exact = byName.get(event.name());
        List<SubscriptionList> selecting = patterns.isEmpty() ? List.of() : patterns.selecting(event.name());
        if (exact != null || !selecting.isEmpty()) {
            Span span = tracing.deliver(event);
            if (span.isRecording()) {
                int subscriptions = (exact == null ? 0 : exact.size())
                        + selecting.stream().mapToInt(SubscriptionList::size).sum();
                delivering.add(span.setAttribute("eventhandler.subscriptions", subscriptions));
            }
            OutboundEvent outbound = OutboundEvent.of(event);
            if (exact != null) {
                exact.offer(outbound, toFlush);
            }
            for (int i = 0; i < selecting.size(); i++) {
                selecting.get(i).offer(outbound, toFlush);
            }
        }
    }
}
