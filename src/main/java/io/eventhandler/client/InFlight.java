package io.eventhandler.client;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Bounds what has been handed over and has no outcome yet, in number and in bytes; one that is larger than all may come alone. Thread-safe. */
final class InFlight {

    private final int maxEvents;
    private final long maxBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int events;
    private long bytes;

    InFlight(int maxEvents, long maxBytes) {
        this.maxEvents = maxEvents;
        this.maxBytes = maxBytes;
    }

    /** Waits until there is room, and takes it. */
    void take(int moreEvents, long moreBytes) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (events > 0 && (events + moreEvents > maxEvents || bytes + moreBytes > maxBytes)) {
                changed.await();
            }
            events += moreEvents;
            bytes += moreBytes;
        } finally {
            lock.unlock();
        }
    }

    void giveBack(int fewerEvents, long fewerBytes) {
        lock.lock();
        try {
            events -= fewerEvents;
            bytes -= fewerBytes;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing is under way. */
    void awaitNone() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (events > 0) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }
}
