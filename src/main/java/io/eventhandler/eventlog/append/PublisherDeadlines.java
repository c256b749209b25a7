package io.eventhandler.eventlog.append;

import io.eventhandler.lifecycle.BackgroundThread;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Tells publishers whose time is up, on a thread of its own. Safe for concurrent use. */
final class PublisherDeadlines {

    private static final Duration CHECK = Duration.ofMillis(20);

    private final Queue<PendingAppend> outstanding = new ConcurrentLinkedQueue<>(); // by deadline
    private final BackgroundThread thread =
            new BackgroundThread(Thread.ofVirtual().name("publisher-deadlines"), this::check);

    void start() {
        thread.start();
    }

    /** From now on this publisher is told when its time is up. All wait equally long, so the oldest is always first. */
    void add(PendingAppend pending) {
        outstanding.add(pending);
    }

    private boolean check() throws InterruptedException {
        Thread.sleep(CHECK);
        long now = System.nanoTime();
        for (PendingAppend oldest = outstanding.peek();
                oldest != null && oldest.isDone(now);
                oldest = outstanding.peek()) {
            outstanding.remove();
        }
        return true;
    }

    void stop() {
        thread.stop();
    }
}
