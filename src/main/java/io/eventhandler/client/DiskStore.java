package io.eventhandler.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Events that wait in the files of a directory, and are there after a restart or a crash. Thread-safe: of the threads that
 * append one writes, for all that have come meanwhile.
 */
final class DiskStore implements SpoolStore {

    private static final long MAX_SEGMENT = 4 << 20;
    private static final int SEGMENTS = 8; // at least, so that most of the room is for events that still wait

    private final SpoolDirectory directory;
    private final long maxBytes;
    private final long segmentBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition written = lock.newCondition();
    private final Condition arrived = lock.newCondition();
    private final ArrayDeque<Segment> segments = new ArrayDeque<>();
    private List<Pending> pending = new ArrayList<>();
    private boolean writing;
    private @Nullable Segment active; // the last one, once this process has written
    private long acknowledged; // the number of an event
    private long offset; // in the first segment, behind what is acknowledged
    private long next; // the number of the next event
    private long events;
    private long bytes;
    private boolean closed;

    /** An event on its way to the disk. */
    private static final class Pending {
        private final byte[] event;
        private boolean done;
        private @Nullable IOException failure;

        Pending(byte[] event) {
            this.event = event;
        }
    }

    /**
     * @throws IllegalStateException when the directory can't be used, or somebody else uses it
     */
    DiskStore(Path path, long maxBytes) {
        this.maxBytes = maxBytes;
        this.segmentBytes = Math.min(MAX_SEGMENT, maxBytes / SEGMENTS);
        this.directory = new SpoolDirectory(path);
        try {
            open();
        } catch (IOException e) {
            directory.close();
            throw new IllegalStateException("the spool %s can't be read: %s".formatted(path, e), e);
        }
    }

    private void open() throws IOException {
        acknowledged = directory.acknowledged();
        next = acknowledged + 1;
        for (Path file : directory.segments()) {
            Segment segment = Segment.open(file);
            long before = Math.clamp(acknowledged - segment.first() + 1, 0, segment.count());
            next = Math.max(next, segment.first() + segment.count());
            if (before == segment.count()) {
                segment.delete();
                continue;
            }
            if (segments.isEmpty()) {
                acknowledged = segment.first() + before - 1;
                offset = segment.offset(before);
            }
            segments.add(segment);
            events += segment.count() - before;
            bytes += segment.length();
        }
    }

    @Override
    public void append(byte[] event) {
        var own = new Pending(event);
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the spool is closed");
            }
            long more = Segment.sizeOf(List.of(event));
            if (bytes + more > maxBytes) {
                throw new SpoolFullException(events, bytes, more, maxBytes);
            }
            bytes += more;
            pending.add(own);
            while (!own.done) {
                if (writing) {
                    written.awaitUninterruptibly();
                } else {
                    writePending();
                }
            }
        } finally {
            lock.unlock();
        }
        if (own.failure != null) {
            throw new UncheckedIOException(
                    "the event was not accepted, the spool %s can't be written: %s"
                            .formatted(directory.path(), own.failure.getMessage()),
                    own.failure);
        }
    }

    /** Writes all that wait for it, without the lock. */
    private void writePending() {
        List<Pending> together = pending;
        List<byte[]> texts = together.stream().map(one -> one.event).toList();
        long size = Segment.sizeOf(texts);
        pending = new ArrayList<>();
        writing = true;
        @Nullable IOException failure = new IOException("the writer has failed");
        try {
            Segment segment = segmentFor(size);
            lock.unlock();
            try {
                segment.append(texts);
            } finally {
                lock.lock();
            }
            segment.appended(texts);
            failure = null;
        } catch (IOException e) {
            failure = e;
        } finally {
            writing = false;
            if (failure == null) {
                next += together.size();
                events += together.size();
                arrived.signal();
            } else {
                bytes -= size;
                abandonActive();
            }
            for (Pending one : together) {
                one.failure = failure;
                one.done = true;
            }
            written.signalAll();
        }
    }

    /** The segment to write so much to. */
    private Segment segmentFor(long size) throws IOException {
        Segment last = active;
        if (last != null && (last.length() == 0 || last.length() + size <= segmentBytes)) {
            return last;
        }
        if (last != null) {
            last.finish();
        }
        Segment made = Segment.create(directory.path(), next);
        active = made;
        segments.add(made);
        removeAcknowledged();
        directory.sync();
        return made;
    }

    /** It may end in what was not written whole: the next event goes to another one. */
    private void abandonActive() {
        Segment last = active;
        active = null;
        if (last != null) {
            last.finish();
            if (last.count() == 0) {
                segments.remove(last);
            }
        }
    }

    @Override
    public List<byte[]> awaitFirst(int maxEvents, int mostBytes) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (events == 0) {
                arrived.await();
            }
            removeAcknowledged();
            return segments.getFirst().read(offset, maxEvents, mostBytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void acknowledge(List<byte[]> first) {
        lock.lock();
        try {
            offset += Segment.sizeOf(first);
            acknowledged += first.size();
            events -= first.size();
            removeAcknowledged();
            directory.acknowledged(acknowledged);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    /** Removes the segments of which nothing waits, but for the one that is written to. */
    private void removeAcknowledged() throws IOException {
        for (Segment first = segments.peek(); first != null; first = segments.peek()) {
            acknowledged = Math.max(acknowledged, first.first() - 1); // numbers before it are of none
            if (first == active || acknowledged < first.first() + first.count() - 1) {
                return;
            }
            segments.remove();
            bytes -= first.length();
            offset = 0;
            first.delete();
        }
    }

    @Override
    public long events() {
        lock.lock();
        try {
            return events;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean survives() {
        return true;
    }

    @Override
    public void closeForNew() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            while (writing || !pending.isEmpty()) {
                written.awaitUninterruptibly();
            }
            if (active != null) {
                active.finish();
            }
            directory.close();
        } finally {
            lock.unlock();
        }
    }
}
