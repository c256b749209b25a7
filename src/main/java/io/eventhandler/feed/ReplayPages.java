package io.eventhandler.feed;

import io.eventhandler.event.Event;
import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.read.EventsRemovedException;
import io.eventhandler.eventlog.read.ReplayPage;
import io.eventhandler.eventlog.read.ReplayReader;
import io.eventhandler.fanout.MessageMemory;
import io.eventhandler.fanout.OutboundEvent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The pages that the replays of a replica read, kept for a while: clients that missed the same events read and encode
 * them once, and none holds a page while it waits for its client. Thread-safe.
 */
public final class ReplayPages {

    /** Pages end at multiples of this, so that replays from different positions meet. */
    private static final long BLOCK = 1_000;

    /** Counted per event on top of its bytes and those of its message: the objects that hold them. */
    private static final int OVERHEAD_BYTES = 200;

    private static final int RECENT = 256;
    private static final int MAX_RECENT_BYTES = 4 << 10;

    private final ReplayReader reader;
    private final MessageMemory memory;
    private final Map<Key, Page> kept = new LinkedHashMap<>(16, 0.75f, true); // guarded by this, like all below
    private long keptBytes;
    private int replays;
    private int forgotten; // so often

    private final ReentrantLock[] reading =
            Stream.generate(ReentrantLock::new).limit(64).toArray(ReentrantLock[]::new);
    private final AtomicReferenceArray<OutboundEvent> recent = new AtomicReferenceArray<>(RECENT);

    private record Key(Set<String> patterns, long after) {}

    /**
     * Events that were selected, and perhaps others.
     *
     * @param after the id behind which it begins
     * @param end the id up to which it reaches
     */
    record Page(long after, List<OutboundEvent> events, long end, long bytes) {

        /** The events behind this id. */
        List<OutboundEvent> after(long id) {
            int first = 0;
            int end = events.size();
            while (first < end) {
                int middle = (first + end) >>> 1;
                if (events.get(middle).event().id() <= id) {
                    first = middle + 1;
                } else {
                    end = middle;
                }
            }
            return events.subList(first, events.size());
        }
    }

    public ReplayPages(ReplayReader reader, MessageMemory memory) {
        this.reader = reader;
        this.memory = memory;
    }

    /** Reads the log, for what needs no page. */
    public ReplayReader reader() {
        return reader;
    }

    void begin() {
        reader.begin();
        memory.beginReplay();
        synchronized (this) {
            replays++;
        }
    }

    void end() {
        reader.end();
        memory.endReplay();
        synchronized (this) {
            if (--replays == 0) {
                forget();
            }
        }
    }

    /** Forgets all pages, also those that are being read, as when the log has changed. */
    public synchronized void forget() {
        forgotten++;
        kept.clear();
        keptBytes = 0;
    }

    /**
     * The page that goes on behind the cursor.
     *
     * @param pageStart behind which the page began that was delivered last, in part
     * @param upTo the id up to which to read, greater than {@code cursor} and not beyond the head
     */
    Page page(List<NamePattern> patterns, long pageStart, long cursor, long upTo)
            throws EventsRemovedException, InterruptedException {
        Set<String> names = patterns.stream().map(NamePattern::text).collect(Collectors.toUnmodifiableSet());
        Page begun = find(new Key(names, pageStart));
        if (begun != null && begun.after() <= cursor && begun.end() > cursor) {
            return begun;
        }
        var key = new Key(names, cursor);
        ReentrantLock lock = reading[Math.floorMod(key.hashCode(), reading.length)];
        lock.lockInterruptibly();
        try {
            Page known = find(key);
            return known == null ? read(key, patterns, upTo) : known;
        } finally {
            lock.unlock();
        }
    }

    private Page read(Key key, List<NamePattern> patterns, long upTo)
            throws EventsRemovedException, InterruptedException {
        int forgottenBefore = forgotten();
        long after = key.after();
        long end = after % BLOCK == 0 ? upTo : Math.min(upTo, (after / BLOCK + 1) * BLOCK);
        ReplayPage read = reader.read(patterns, after, end);
        long bytes = OVERHEAD_BYTES
                + key.patterns().stream().mapToLong(String::length).sum();
        for (Event event : read.events()) {
            bytes += OVERHEAD_BYTES + 2L * event.bytes();
        }
        var page = new Page(after, read.events().stream().map(OutboundEvent::of).toList(), read.end(), bytes);
        keep(key, page, forgottenBefore);
        return page;
    }

    private synchronized @Nullable Page find(Key key) {
        return kept.get(key);
    }

    private synchronized int forgotten() {
        return forgotten;
    }

    private synchronized void keep(Key key, Page page, int forgottenBefore) {
        if (forgotten != forgottenBefore) {
            return;
        }
        Page before = kept.put(key, page);
        keptBytes += page.bytes() - (before == null ? 0 : before.bytes());
        var oldest = kept.values().iterator();
        while (keptBytes > memory.max() / 4 && oldest.hasNext()) {
            keptBytes -= oldest.next().bytes();
            oldest.remove();
        }
    }

    /** So many events behind this id, or fewer; from memory. */
    List<OutboundEvent> recent(long after, int max) {
        return reader.recent(after, max).stream().map(this::outbound).toList();
    }

    @SuppressWarnings("ReferenceEquality") // another one with the same id is another event
    private OutboundEvent outbound(Event event) {
        int slot = (int) (event.id() % RECENT);
        OutboundEvent known = recent.get(slot);
        if (known != null && known.event() == event) {
            return known;
        }
        OutboundEvent made = OutboundEvent.of(event);
        if (event.bytes() <= MAX_RECENT_BYTES) {
            recent.set(slot, made);
        }
        return made;
    }
}
