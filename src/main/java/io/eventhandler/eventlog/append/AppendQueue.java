package io.eventhandler.eventlog.append;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be appended, bounded in events, in the order in which it came. Any thread may offer, one thread takes.
 */
final class AppendQueue {

    private static final long MAX_BATCH_BYTES = 4 << 20;

    private final int capacity;
    private final BlockingQueue<PendingAppend> queue;
    private final AtomicInteger events = new AtomicInteger();
    private @Nullable PendingAppend heldOver; // taken from the queue, but too large for the batch before

    /**
     * @param capacity events that may wait
     */
    AppendQueue(int capacity) {
        this.capacity = capacity;
        this.queue = new ArrayBlockingQueue<>(capacity);
    }

    /** False when as many events wait as may; what is larger than that alone is taken when nothing waits. */
    boolean offer(PendingAppend pending) {
        int size = pending.size();
        int after = events.addAndGet(size);
        if ((after <= capacity || after == size) && queue.offer(pending)) {
            return true;
        }
        events.addAndGet(-size);
        return false;
    }

    /** Events that wait. */
    int events() {
        return events.get();
    }

    /** Fills the batch with what has gathered, as much as fits; waits for the first at most this long. */
    void take(List<PendingAppend> batch, Duration timeout) throws InterruptedException {
        batch.clear();
        PendingAppend next = heldOver == null ? queue.poll(timeout.toMillis(), TimeUnit.MILLISECONDS) : heldOver;
        heldOver = null;
        int size = 0;
        long bytes = 0;
        while (next != null) {
            size += next.size();
            bytes += next.bytes();
            if (!batch.isEmpty() && (size > Appender.MAX_BATCH_EVENTS || bytes > MAX_BATCH_BYTES)) {
                heldOver = next;
                return;
            }
            batch.add(next);
            events.addAndGet(-next.size());
            next = size < Appender.MAX_BATCH_EVENTS ? queue.poll() : null;
        }
    }

    /** Takes all that waits. */
    void drain(Consumer<PendingAppend> taker) {
        if (heldOver != null) {
            taker.accept(heldOver);
        }
        for (PendingAppend next = queue.poll(); next != null; next = queue.poll()) {
            taker.accept(next);
        }
    }
}
