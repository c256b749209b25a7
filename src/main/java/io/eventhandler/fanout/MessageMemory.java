package io.eventhandler.fanout;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The memory that a replica's messages may take together while they wait for subscribers, or for their own rest. A message
 * that waits for many is counted once. Replays get half of it, so that they leave room for what is published, and wait for
 * their share. Thread-safe; takes a lock only when a replay waits.
 */
public final class MessageMemory {

    private static final long MIN_WINDOW = 8 << 10;
    private static final long MAX_WINDOW = 256 << 10;

    private final long max;
    private final AtomicLong used = new AtomicLong();
    private final AtomicInteger replays = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final AtomicInteger waiting = new AtomicInteger(); // for room
    private volatile Runnable onPressure = () -> {};

    /**
     * @param max bytes
     */
    public MessageMemory(long max) {
        this.max = max;
    }

    /** What is to be told, without blocking, when little is left. */
    public void onPressure(Runnable action) {
        onPressure = action;
    }

    /** Counts bytes, whether there is room or not. */
    public void take(long bytes) {
        used.addAndGet(bytes);
        if (isUnderPressure()) {
            onPressure.run();
        }
    }

    /** These bytes are free again. */
    public void giveBack(long bytes) {
        used.addAndGet(-bytes);
        if (waiting.get() > 0 && hasRoomForReplay()) {
            signalRoom();
        }
    }

    public long max() {
        return max;
    }

    public long used() {
        return used.get();
    }

    /** Whether so little is left that somebody has to go. */
    public boolean isUnderPressure() {
        return used.get() > max - max / 4;
    }

    /** Whether nothing may be added for who has something already. */
    public boolean isExhausted() {
        return used.get() >= max;
    }

    /** A replay begins: it shares the room for replays with the others. */
    public void beginReplay() {
        replays.incrementAndGet();
    }

    public void endReplay() {
        replays.decrementAndGet();
    }

    /** How many bytes may wait for one replay's client. */
    public long replayWindow() {
        return Math.clamp(max / 2 / Math.max(1, replays.get()), MIN_WINDOW, MAX_WINDOW);
    }

    /** Whether a replay may add something. */
    public boolean hasRoomForReplay() {
        return used.get() < max / 2;
    }

    /** Waits until a replay may add something, at most this long; those that wait longest go first. */
    public void awaitRoomForReplay(Duration timeout) throws InterruptedException {
        lock.lock();
        try {
            waiting.incrementAndGet();
            long left = timeout.toNanos();
            while (!hasRoomForReplay() && left > 0) {
                left = room.awaitNanos(left);
            }
        } finally {
            waiting.decrementAndGet();
            if (hasRoomForReplay()) {
                room.signal(); // the next one, which looks for itself
            }
            lock.unlock();
        }
    }

    private void signalRoom() {
        lock.lock();
        try {
            room.signal();
        } finally {
            lock.unlock();
        }
    }
}
