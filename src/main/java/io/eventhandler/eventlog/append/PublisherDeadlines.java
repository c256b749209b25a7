package io.eventhandler.eventlog.append;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells publishers whose time is up, on a thread of its own. Safe for concurrent use. */
final class PublisherDeadlines {

    private static final Logger LOG = LoggerFactory.getLogger(PublisherDeadlines.class);
    private static final Duration CHECK = Duration.ofMillis(20);

    private final Queue<PendingAppend> outstanding = new ConcurrentLinkedQueue<>(); // by deadline
    private final Thread thread = Thread.ofVirtual().name("append-expiry").unstarted(this::run);

    void start() {
        thread.start();
    }

    /** From now on this publisher is told when its time is up. All wait equally long, so the oldest is always first. */
    void add(PendingAppend pending) {
        outstanding.add(pending);
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(CHECK);
                long now = System.nanoTime();
                for (PendingAppend oldest = outstanding.peek();
                        oldest != null && oldest.isDone(now);
                        oldest = outstanding.peek()) {
                    outstanding.remove();
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("the appender stops");
        }
    }

    void stop() {
        thread.interrupt();
    }
}
