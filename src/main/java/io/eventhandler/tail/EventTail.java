package io.eventhandler.tail;

import io.eventhandler.event.Event;
import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.eventlog.notify.NotificationReader;
import io.eventhandler.eventlog.read.TailReader;
import io.eventhandler.fanout.Hub;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.wakeup.WakeUp;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows the log from the head that it finds at its start. Thread-safe. */
public final class EventTail implements Part, WakeUp.HeadListener {

    private static final Logger LOG = LoggerFactory.getLogger(EventTail.class);
    private static final int PAGE = 1_000;
    private static final Duration OWN_APPEND_WAIT = Duration.ofMillis(20);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);

    private final EventLog log;
    private final TailReader reader;
    private final NotificationReader notifications;
    private final RecentEvents recent;
    private final Hub hub;
    private final IntSupplier ownBackend;
    private final AtomicLong head = new AtomicLong();
    private final BackgroundThread thread =
            new BackgroundThread(Thread.ofPlatform().name("tail"), this::run);
    private volatile long ownHead; // the newest head that this replica itself notified; written by the wake-up alone
    private volatile @Nullable Mark mark; // a head that the position has not reached yet
    private volatile boolean overtaken; // events were removed before they were read
    private volatile boolean stopping;

    private record Mark(long id, long nanos) {}

    /**
     * @param ownBackend the PostgreSQL process through which this replica appends
     */
    public EventTail(
            EventLog log, NotificationReader notifications, RecentEvents recent, Hub hub, IntSupplier ownBackend) {
        this.log = log;
        this.reader = new TailReader(log);
        this.notifications = notifications;
        this.recent = recent;
        this.hub = hub;
        this.ownBackend = ownBackend;
    }

    @Override
    public void start() {
        head.set(log.head());
        hub.startAt(head.get());
        thread.start();
    }

    /** An append was notified: raises the head, and keeps the events that another replica's notification carries. */
    @Override
    public void notified(String payload, int backendPid) {
        try {
            long id = notifications.head(payload);
            if (backendPid == ownBackend.getAsInt()) {
                ownHead = Math.max(ownHead, id);
            } else {
                recent.addAll(notifications.events(payload));
            }
            headIs(id);
        } catch (RuntimeException e) {
            LOG.debug("ignored a notification that is none of the log: {}", payload);
        }
    }

    /** The log's head is at least this. Never blocks. */
    @Override
    public void headIs(long id) {
        if (id > head.get()) {
            head.accumulateAndGet(id, Math::max);
            if (mark == null) {
                mark = new Mark(id, System.nanoTime());
            }
            thread.wake();
        }
    }

    /** The newest head that is known. */
    long head() {
        return head.get();
    }

    /** How many events are known of that were not handed to the hub. */
    long behindBy() {
        return Math.max(0, head() - position());
    }

    /** The id of the last event that was handed to the hub. */
    public long position() {
        return hub.position();
    }

    /** Whether it can follow the log, now or when the database is back. */
    public boolean isRunning() {
        return thread.isWell() && !overtaken;
    }

    /** For how long a head has been known that the position has not reached. */
    public Duration behindFor() {
        Mark unreached = mark;
        return unreached == null ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - unreached.nanos());
    }

    /** Hands over the next events, or waits until there are some. */
    private boolean run() throws InterruptedException {
        if (position() >= head.get()) {
            LockSupport.park(this);
        } else {
            hub.publish(next(position()));
            forgetReachedMark();
        }
        return !stopping;
    }

    /** Nothing is behind the position: somebody notified a head that the log doesn't have. */
    private List<Event> withdraw(long notifiedHead) {
        LOG.atWarn().addKeyValue("head", notifiedHead).log("a head was notified that the log doesn't have, ignored it");
        mark = null;
        head.compareAndSet(notifiedHead, position());
        headIs(log.head()); // what was notified before is behind the false head, but in the log
        return List.of();
    }

    /** The next events after the position, without a gap. */
    private List<Event> next(long position) throws InterruptedException {
        // A notification of our own append may arrive before its answer: the ring has the events in a moment.
        if (recent.runAfter(position, 1).isEmpty() && ownHead > position) {
            recent.awaitNewest(ownHead, OWN_APPEND_WAIT);
        }
        List<Event> events = recent.runAfter(position, PAGE);
        if (events.isEmpty()) {
            long expectedHead = head.get();
            events = reader.readAfter(position, PAGE, expectedHead - position);
            if (events.isEmpty()) {
                return withdraw(expectedHead);
            }
            recent.addAll(events);
        }
        long expected = position;
        for (Event event : events) {
            if (event.id() != ++expected) {
                overtaken = true;
                throw new IllegalStateException("event %d is missing from the log".formatted(expected));
            }
        }
        return events;
    }

    private void forgetReachedMark() {
        Mark reached = mark;
        if (reached != null && position() >= reached.id()) {
            mark = null;
        }
    }

    @Override
    public void stop() {
        stopping = true;
        thread.wake();
        try {
            thread.join(STOP_TIMEOUT); // uninterrupted: it may be writing to a socket, which an interrupt would close
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.stop();
    }
}
