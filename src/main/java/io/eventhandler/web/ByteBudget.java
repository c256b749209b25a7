package io.eventhandler.web;

import java.time.Duration;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that may be held at once, by all requests together. When they are gone, whoever holds most of them for a body that
 * is slow to come has to go, so that few who stall don't shut out all others. Thread-safe.
 */
public final class ByteBudget {

    /** A body that has taken longer than this, and than its bytes take at the rate below, is slow. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private static final long BYTES_PER_SECOND = 4 << 20;

    private final long total;
    private final AtomicLong free;
    private final Set<Share> incomplete = ConcurrentHashMap.newKeySet();

    public ByteBudget(long bytes) {
        this.total = bytes;
        this.free = new AtomicLong(bytes);
    }

    /** The bytes that are held now. */
    public long held() {
        return total - free.get();
    }

    /** A share for one request, empty at first. */
    public Share share() {
        return new Share();
    }

    private boolean take(long bytes) {
        if (free.addAndGet(-bytes) < 0) {
            free.addAndGet(bytes);
            return false;
        }
        return true;
    }

    /** Ends the slow body that holds most; false when there is none but this one. */
    private boolean endSlowest(Share asking) {
        long now = System.nanoTime();
        Share victim = incomplete.stream()
                .filter(share -> share != asking && share.isSlow(now))
                .max(Comparator.comparingLong(Share::held))
                .orElse(null);
        if (victim == null) {
            return false;
        }
        victim.end();
        return true;
    }

    /** What one request holds. Close it when the request has ended, whatever ended it. Thread-safe. */
    public final class Share implements AutoCloseable {

        private long bytes;
        private boolean closed;
        private long incompleteSinceNanos;
        private Runnable onEnd = () -> {};

        private Share() {}

        /** Takes as many more; false when there aren't as many, or the request has ended. */
        public boolean take(long more) {
            boolean taken = takeFree(more);
            while (!taken && !isClosed() && endSlowest(this)) {
                taken = takeFree(more);
            }
            return taken;
        }

        private synchronized boolean takeFree(long more) {
            if (closed || !ByteBudget.this.take(more)) {
                return false;
            }
            bytes += more;
            return true;
        }

        private synchronized boolean isClosed() {
            return closed;
        }

        private synchronized long held() {
            return bytes;
        }

        /**
         * More has yet to come of what it is for.
         *
         * @param sinceNanos when it began to
         * @param end ends the request, when others need the room
         */
        void incomplete(long sinceNanos, Runnable end) {
            synchronized (this) {
                incompleteSinceNanos = sinceNanos;
                onEnd = end;
            }
            incomplete.add(this);
        }

        /** All has come, or nothing more will. */
        void complete() {
            incomplete.remove(this);
        }

        private synchronized boolean isSlow(long now) {
            double seconds = (double) bytes / BYTES_PER_SECOND;
            return bytes > 0 && now - incompleteSinceNanos > GRACE.toNanos() + (long) (seconds * 1e9);
        }

        /** Its bytes are free at once; the request follows. */
        private void end() {
            if (incomplete.remove(this)) {
                close();
                onEnd.run();
            }
        }

        /** Gives all of it back. */
        public synchronized void giveBack() {
            free.addAndGet(bytes);
            bytes = 0;
        }

        /** Gives all of it back, and takes no more. */
        @Override
        public synchronized void close() {
            closed = true;
            giveBack();
        }
    }
}
