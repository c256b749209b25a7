package io.eventhandler.access;

import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Part;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Ends what deleted API keys have opened: as soon as it is notified that some were, and every few seconds in any case, since
 * notifications may be lost. Thread-safe.
 */
public final class Revocations implements Part {

    /** What the log's channel says when API keys were deleted. */
    private static final String NOTIFICATION = "keys";

    private static final Duration INTERVAL = Duration.ofSeconds(5);

    /** Whoever may connect to the database can notify: they are not looked for at any rate. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final Access access;
    private final ApiKeys keys;
    private final Supplier<Set<String>> inUse;
    private final Consumer<String> onRevoked;
    private final Semaphore notified = new Semaphore(0);
    private final BackgroundThread looking =
            new BackgroundThread(Thread.ofVirtual().name("revocations"), this::look);

    /**
     * @param inUse ids of the keys that have something open
     * @param onRevoked ends what a key has opened
     */
    public Revocations(Access access, ApiKeys keys, Supplier<Set<String>> inUse, Consumer<String> onRevoked) {
        this.access = access;
        this.keys = keys;
        this.inUse = inUse;
        this.onRevoked = onRevoked;
    }

    /** Whether a notification is about keys. */
    public static boolean isNotification(String payload) {
        return payload.equals(NOTIFICATION);
    }

    /** Keys were deleted. Never blocks. */
    public void notified() {
        if (notified.availablePermits() == 0) {
            notified.release();
        }
    }

    @Override
    public void start() {
        looking.start();
    }

    private boolean look() throws InterruptedException {
        if (notified.tryAcquire(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            notified.drainPermits();
            access.forget();
        }
        Set<String> open = inUse.get();
        if (!open.isEmpty()) {
            Set<String> gone = keys.missing(open);
            if (!gone.isEmpty()) {
                access.forget();
                gone.forEach(onRevoked);
            }
        }
        Thread.sleep(PAUSE);
        return true;
    }

    @Override
    public void stop() {
        looking.stop();
    }
}
