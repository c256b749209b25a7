package io.eventhandler.web;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that may be held at once, by all requests together. Thread-safe. */
public final class ByteBudget {

    private final long total;
    private final AtomicLong free;

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

    /** What one request holds. Close it when the request has ended, whatever ended it. Thread-safe. */
    public final class Share implements AutoCloseable {

        private long bytes;
        private boolean closed;

        private Share() {}

        /** Takes as many more; false when there aren't as many, or the request has ended. */
        public synchronized boolean take(long more) {
            if (closed || !ByteBudget.this.take(more)) {
                return false;
            }
            bytes += more;
            return true;
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
