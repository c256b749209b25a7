package io.eventhandler.lifecycle;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread of a part that works in rounds until it is stopped, whatever a round throws: that is logged, each kind once a
 * minute, and the next round follows after a pause. Only exhausted memory ends it, which the process does not survive
 * either. Thread-safe.
 */
public final class BackgroundThread {

    private static final Duration MIN_PAUSE = Duration.ofMillis(100);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(1);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    /** What fails in every round for so long does not mend by itself. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(BackgroundThread.class);
    private static final Failures OF_TASKS = new Failures(LOG);

    /** What is done again and again. */
    @FunctionalInterface
    public interface Round {

        /**
         * @return whether another round is to follow
         * @throws InterruptedException when the thread is stopped
         */
        boolean run() throws Exception;
    }

    private final Thread thread;
    private final Round round;
    private final Failures failures = new Failures(LOG);
    private volatile long failingSinceNanos; // 0 unless the last round failed
    private volatile boolean stopping;

    /**
     * @param kind of thread, with its name
     */
    public BackgroundThread(Thread.Builder kind, Round round) {
        this.thread = kind.unstarted(this::run);
        this.round = round;
    }

    /** Does something once, on a virtual thread; what it throws is logged. */
    public static void once(String name, Runnable task) {
        Thread.ofVirtual().name(name).start(() -> {
            try {
                task.run();
            } catch (OutOfMemoryError e) {
                throw e;
            } catch (Throwable e) {
                OF_TASKS.say(e, name + " was given up");
            }
        });
    }

    /** Starts it, once. */
    public void start() {
        thread.start();
    }

    private void run() {
        Duration pause = MIN_PAUSE;
        while (isToGoOn()) {
            try {
                if (!round.run()) {
                    return;
                }
                failingSinceNanos = 0;
                pause = MIN_PAUSE;
            } catch (OutOfMemoryError e) {
                throw e;
            } catch (Throwable e) {
                if (!stopping) {
                    failed(e, pause);
                    pause = pause.compareTo(MAX_PAUSE) < 0 ? pause.multipliedBy(2) : pause;
                }
            }
        }
    }

    /** Only {@link #stop} ends it: an interrupt that comes from elsewhere is forgotten. */
    private boolean isToGoOn() {
        Thread.interrupted();
        return !stopping; // asked last: stop sets it before it interrupts
    }

    private void failed(Throwable failure, Duration pause) {
        failures.say(failure, thread.getName() + " failed, and goes on");
        if (failingSinceNanos == 0 && !Failures.isOfDatabase(failure)) {
            failingSinceNanos = Math.max(1, System.nanoTime());
        }
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            // Whether it is to go on is asked next.
        }
    }

    /** Whether it works: it runs, and not all it did for a while has failed otherwise than by the database. */
    public boolean isWell() {
        long since = failingSinceNanos;
        return thread.isAlive() && (since == 0 || System.nanoTime() - since < PATIENCE.toNanos());
    }

    /** Ends a round's {@link LockSupport#park}, or its next one. */
    public void wake() {
        LockSupport.unpark(thread);
    }

    /** Waits until it has ended by itself, at most this long; returns whether it has, or never started. */
    public boolean join(Duration timeout) throws InterruptedException {
        return thread.getState() == Thread.State.NEW || thread.join(timeout);
    }

    /** Interrupts it and waits for its end, though not for ever. Does nothing when it never started or has ended. */
    public void stop() {
        stopping = true;
        thread.interrupt();
        try {
            join(STOP_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
