package io.eventhandler.publish;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that may be held at once. Thread-safe. */
final class ByteBudget {

    private final AtomicLong free;

    ByteBudget(long bytes) {
        this.free = new AtomicLong(bytes);
    }

    /** Takes bytes; false when there aren't as many. */
    boolean take(long bytes) {
        if (free.addAndGet(-bytes) < 0) {
            free.addAndGet(bytes);
            return false;
        }
        return true;
    }

    void giveBack(long bytes) {
        free.addAndGet(bytes);
    }
}
