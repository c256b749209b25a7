package io.eventhandler.eventlog;

import io.eventhandler.event.Event;
import io.eventhandler.service.Memory;
import io.eventhandler.service.SettingsReader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A ring of the newest events, bounded in count and in bytes, which spares a replica from reading what it wrote or read
 * a moment ago. Events may arrive out of order and with gaps. Thread-safe.
 */
public final class RecentEvents {

    /** Counted per event on top of its bytes: the objects that hold it. */
    private static final int OVERHEAD_BYTES = 200;

    /**
     * @param events at most
     * @param bytes memory at most, but for one event that alone is larger
     */
    public record Options(int events, int bytes) {

        /** Reads {@code RECENT_EVENTS} and {@code RECENT_SIZE}. */
        public static Options read(SettingsReader in) {
            int events = in.integer("RECENT_EVENTS", 65_536, 1_024, 10_000_000, "recent events kept in memory");
            Integer bytes = in.optionalSize(
                    "RECENT_SIZE",
                    "an eighth of the heap, at most 64MiB",
                    "1MiB",
                    "1GiB",
                    "memory for the recent events");
            return new Options(events, bytes == null ? Memory.eighthOfHeap(64 << 20) : bytes);
        }
    }

    private final @Nullable Event[] slots;
    private final long maxBytes;
    private long bytes;
    private LogPosition beginning = new LogPosition(0, null); // before everything that was added
    private long oldest = 1; // every event held has an id from oldest to newest
    private long newest;
    private volatile Runnable onContradiction = () -> {};

    /**
     * @param capacity events at most
     * @param maxBytes memory at most, but for one event that alone is larger
     */
    public RecentEvents(int capacity, long maxBytes) {
        this.slots = new Event[capacity];
        this.maxBytes = maxBytes;
    }

    /**
     * Calls this whenever what is added contradicts what is here: another event has the same id, or came before it. One of
     * them is not in the log any longer. It must not block.
     */
    public void onContradiction(Runnable action) {
        onContradiction = action;
    }

    /** Forgets everything: what is added from now on follows this position. */
    public synchronized void beginAt(LogPosition position) {
        clear(position.id() + 1);
        newest = position.id();
        beginning = position;
    }

    /** Adds events in ascending order of id, in place of the oldest ones. */
    public void addAll(List<Event> events) {
        if (!add(events)) {
            onContradiction.run();
        }
    }

    /**
     * Adds events that were just appended.
     *
     * @param previousAt when the event before them was appended, null when there is none
     */
    public void addAppended(List<Event> events, @Nullable Instant previousAt) {
        long firstId = events.getFirst().id();
        boolean follows = follows(firstId, previousAt);
        if (!add(events) || !follows) {
            onContradiction.run();
        }
    }

    /** Whether an event with this id can be a new one, and as far as is known comes after the one that was before it. */
    private synchronized boolean follows(long id, @Nullable Instant previousAt) {
        if (id < oldest || id <= beginning.id()) {
            return false;
        }
        Instant known = id - 1 == beginning.id() ? beginning.createdAt() : null;
        Event previous = id - 1 < oldest || id - 1 > newest ? null : slots[index(id - 1)];
        known = previous == null ? known : previous.createdAt();
        return known == null || known.equals(previousAt);
    }

    private synchronized boolean add(List<Event> events) {
        boolean fits = true;
        for (Event event : events) {
            fits &= add(event);
        }
        notifyAll();
        return fits;
    }

    /** Waits until an event with this id or a later one has been added, at most this long. */
    public synchronized void awaitNewest(long id, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        for (long left = timeout.toNanos(); newest < id && left > 0; left = deadline - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** False when another event with this id is here. */
    private boolean add(Event event) {
        long id = event.id();
        if (id < oldest) {
            return true;
        }
        Event same = id <= newest ? slots[index(id)] : null;
        if (same != null) {
            return same.createdAt().equals(event.createdAt());
        }
        if (id - oldest >= 2L * slots.length) {
            clear(id);
        }
        newest = Math.max(newest, id);
        while (newest - oldest >= slots.length) {
            evictOldest();
        }
        slots[index(id)] = event;
        bytes += size(event);
        while (bytes > maxBytes && oldest < newest) {
            evictOldest();
        }
        return true;
    }

    private void evictOldest() {
        Event evicted = slots[index(oldest)];
        if (evicted != null) {
            bytes -= size(evicted);
            slots[index(oldest)] = null;
        }
        oldest++;
    }

    private void clear(long nextId) {
        Arrays.fill(slots, null);
        bytes = 0;
        oldest = nextId;
        newest = nextId;
    }

    /** The events with the ids {@code id + 1}, {@code id + 2}, … that are here, up to the first that is not. */
    public synchronized List<Event> runAfter(long id, int max) {
        if (id + 1 < oldest || id + 1 > newest) {
            return List.of();
        }
        List<Event> run = new ArrayList<>();
        for (long next = id + 1; next <= newest && run.size() < max; next++) {
            Event event = slots[index(next)];
            if (event == null) {
                break;
            }
            run.add(event);
        }
        return run;
    }

    /** The newest events up to this one that are here without a gap, in ascending order of id. */
    public synchronized List<Event> upTo(long id) {
        List<Event> run = new ArrayList<>();
        for (long next = Math.min(id, newest); next >= oldest; next--) {
            Event event = slots[index(next)];
            if (event == null) {
                break;
            }
            run.add(event);
        }
        return run.reversed();
    }

    /** The highest id that was ever added, or that it began at. */
    public synchronized long newest() {
        return newest;
    }

    private int index(long id) {
        return (int) (id % slots.length);
    }

    private static int size(Event event) {
        return event.bytes() + OVERHEAD_BYTES;
    }
}
