package io.eventhandler.tail;

import io.eventhandler.event.Event;
import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.LogPosition;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.eventlog.epoch.Continuity;
import io.eventhandler.eventlog.epoch.Continuity.Finding;
import io.eventhandler.eventlog.epoch.LogEpoch;
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
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the log from the head that it finds at its start, for as long as it is the same log. When it is not, the tail
 * goes on from the head of the other one, and says so. Thread-safe.
 */
public final class EventTail implements Part, WakeUp.HeadListener {

    private static final Logger LOG = LoggerFactory.getLogger(EventTail.class);
    private static final int PAGE = 1_000;
    private static final Duration OWN_APPEND_WAIT = Duration.ofMillis(20);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);

    private final TailReader reader;
    private final Continuity continuity;
    private final LogEpoch epoch;
    private final NotificationReader notifications;
    private final RecentEvents recent;
    private final Hub hub;
    private final IntSupplier ownBackend;
    private final Consumer<LogReset> onReset;
    private final AtomicLong head = new AtomicLong();
    private final BackgroundThread thread =
            new BackgroundThread(Thread.ofPlatform().name("tail"), this::run);
    private volatile LogPosition last = new LogPosition(0, null); // of what was handed to the hub
    private volatile long ownHead; // the newest head that this replica itself notified; written by the wake-up alone
    private volatile @Nullable Mark mark; // a head that the position has not reached yet
    private volatile boolean suspected; // something says that the log may be another one
    private final AtomicLong resets = new AtomicLong();
    private volatile boolean stopping;

    private record Mark(long id, long nanos) {}

    /**
     * @param epoch is kept up to date
     * @param ownBackend the PostgreSQL process through which this replica appends
     * @param onReset is told before anything is handed over that follows
     */
    public EventTail(
            EventLog log,
            LogEpoch epoch,
            NotificationReader notifications,
            RecentEvents recent,
            Hub hub,
            IntSupplier ownBackend,
            Consumer<LogReset> onReset) {
        this.reader = new TailReader(log);
        this.epoch = epoch;
        this.continuity = new Continuity(log, epoch);
        this.notifications = notifications;
        this.recent = recent;
        this.hub = hub;
        this.ownBackend = ownBackend;
        this.onReset = onReset;
    }

    @Override
    public void start() {
        beginAt(continuity.begin());
        recent.onContradiction(this::suspect);
        thread.start();
    }

    private void beginAt(LogPosition position) {
        recent.beginAt(position);
        last = position;
        mark = null;
        head.set(position.id());
        hub.startAt(position.id());
    }

    /** An append was notified: raises the head, and keeps the events that another replica's notification carries. */
    @Override
    public void notified(String payload, int backendPid) {
        if (notifications.isNewEpoch(payload)) {
            suspect();
            return;
        }
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

    /**
     * Reads the head, and looks whether the log still is the one that was followed. May block, and throw jOOQ's
     * {@code DataAccessException}.
     */
    public long readHead() {
        Continuity.Look look = continuity.look(last);
        if (look.finding() != Finding.SAME) {
            suspect();
        }
        return look.head();
    }

    /** The log may be another one: it is looked at before anything else is handed over. Never blocks. */
    private void suspect() {
        suspected = true;
        thread.wake();
    }

    /** The newest head that is known. */
    long head() {
        return head.get();
    }

    /** How often it could not go on from where it was. */
    long resets() {
        return resets.get();
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
        return thread.isWell();
    }

    /** For how long a head has been known that the position has not reached. */
    public Duration behindFor() {
        Mark unreached = mark;
        return unreached == null ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - unreached.nanos());
    }

    /** Hands over the next events, or waits until there are some. */
    private boolean run() throws InterruptedException {
        if (suspected) {
            verify();
        } else if (position() < head.get()) {
            handOver(next(position()));
        } else {
            LockSupport.park(this);
        }
        return !stopping;
    }

    private void handOver(List<Event> events) {
        try {
            hub.publish(events);
        } finally {
            long position = position();
            for (Event event : events) {
                if (event.id() == position) {
                    last = LogPosition.of(event);
                }
            }
        }
        Mark reached = mark;
        if (reached != null && position() >= reached.id()) {
            mark = null;
        }
    }

    /** Looks at what is suspected; what is suspected meanwhile is looked at again. */
    private void verify() {
        suspected = false;
        try {
            switch (continuity.look(last).finding()) {
                case SAME -> LOG.debug("the log is the same");
                case REMOVED -> restart(LogReset.Cause.REMOVED);
                case ANOTHER -> restart(LogReset.Cause.LOST);
            }
        } catch (RuntimeException e) {
            suspected = true;
            throw e;
        }
    }

    /** Goes on from the head of the log as it is now, and forgets all that was before. */
    private void restart(LogReset.Cause cause) {
        LogPosition before = last;
        List<Event> known = recent.upTo(before.id());
        String epochBefore = epoch.current();
        LogPosition now = continuity.restart(before);
        if (cause == LogReset.Cause.LOST && epoch.current().equals(epochBefore)) {
            return; // whatever was looked at, it was not the log
        }
        long common = cause == LogReset.Cause.REMOVED ? before.id() : continuity.inCommon(known, before, now);
        beginAt(now);
        LOG.atWarn()
                .addKeyValue("position", before.id())
                .addKeyValue("common", common)
                .addKeyValue("head", now.id())
                .addKeyValue("epoch", epoch.current())
                .log(
                        cause == LogReset.Cause.LOST
                                ? "the log has lost events that were delivered: clients are told to begin anew"
                                : "events were removed before they were delivered: clients are told to begin anew");
        resets.incrementAndGet();
        onReset.accept(new LogReset(cause, epoch.current(), common));
    }

    /** Nothing is behind the position: somebody notified a head that the log doesn't have. */
    private List<Event> withdraw(long notifiedHead) {
        LOG.atWarn().addKeyValue("head", notifiedHead).log("a head was notified that the log doesn't have, ignored it");
        mark = null;
        head.compareAndSet(notifiedHead, position());
        headIs(readHead()); // what was notified before is behind the false head, but in the log
        return List.of();
    }

    /** The next events after the position, without a gap; none when the log must be looked at first. */
    private List<Event> next(long position) throws InterruptedException {
        // A notification of our own append may arrive before its answer: the ring has the events in a moment.
        if (recent.runAfter(position, 1).isEmpty() && ownHead > position) {
            recent.awaitNewest(ownHead, OWN_APPEND_WAIT);
        }
        List<Event> events = recent.runAfter(position, PAGE);
        return suspected ? List.of() : events.isEmpty() ? read() : events;
    }

    /** From the table: also the event at the position, which tells that it is still the same log. */
    private List<Event> read() {
        LogPosition from = last;
        long expectedHead = head.get();
        List<Event> read = reader.readFrom(from.id(), PAGE, expectedHead - from.id());
        List<Event> events = read;
        if (from.id() > 0) {
            if (read.isEmpty() || !from.equals(LogPosition.of(read.getFirst()))) {
                suspect();
                return List.of();
            }
            events = read.subList(1, read.size());
        }
        if (events.isEmpty()) {
            return withdraw(expectedHead);
        }
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).id() != from.id() + 1 + i) {
                restart(LogReset.Cause.REMOVED);
                return List.of();
            }
        }
        recent.addAll(events);
        return events;
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
