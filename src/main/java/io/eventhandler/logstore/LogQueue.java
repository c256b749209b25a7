package io.eventhandler.logstore;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be stored, bounded in bytes, in the order in which it came. What is being stored counts until it is done.
 * Any thread may offer, one thread takes.
 */
final class LogQueue {

    private static final int MAX_REQUESTS = 100_000;
    private static final int MAX_BATCH_RECORDS = 5_000;
    private static final long MAX_BATCH_BYTES = 4 << 20;

    private final long capacity;
    private final BlockingQueue<PendingLogs> queue = new ArrayBlockingQueue<>(MAX_REQUESTS);
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger records = new AtomicInteger();
    private @Nullable PendingLogs heldOver; // taken from the queue, but too large for the batch before

    /**
     * @param capacity bytes that may wait
     */
    LogQueue(long capacity) {
        this.capacity = capacity;
    }

    /** False when as many bytes wait as may; what is larger than that alone is taken when nothing waits. */
    boolean offer(PendingLogs pending) {
        long after = bytes.addAndGet(pending.bytes());
        records.addAndGet(pending.records().size());
        if ((after <= capacity || after == pending.bytes()) && queue.offer(pending)) {
            return true;
        }
        done(pending);
        return false;
    }

    /** Gives back the room of what has been stored, or never will be. */
    void done(PendingLogs pending) {
        bytes.addAndGet(-pending.bytes());
        records.addAndGet(-pending.records().size());
    }

    /** Bytes that wait or are being stored. */
    long bytes() {
        return bytes.get();
    }

    /** Records that wait or are being stored. */
    int records() {
        return records.get();
    }

    long capacity() {
        return capacity;
    }

    /** Fills the batch with what has gathered, as much as fits; waits for the first at most this long. */
    void take(List<PendingLogs> batch, Duration timeout) throws InterruptedException {
        batch.clear();
        PendingLogs next = heldOver == null ? queue.poll(timeout.toMillis(), TimeUnit.MILLISECONDS) : heldOver;
        heldOver = null;
        int size = 0;
        long sum = 0;
        while (next != null) {
            size += next.records().size();
            sum += next.bytes();
            if (!batch.isEmpty() && (size > MAX_BATCH_RECORDS || sum > MAX_BATCH_BYTES)) {
                heldOver = next;
                return;
            }
            batch.add(next);
            next = size < MAX_BATCH_RECORDS ? queue.poll() : null;
        }
    }

    /** Takes all that waits. */
    void drain(Consumer<PendingLogs> taker) {
        if (heldOver != null) {
            taker.accept(heldOver);
            heldOver = null;
        }
        for (PendingLogs next = queue.poll(); next != null; next = queue.poll()) {
            taker.accept(next);
        }
    }
}
