package io.eventhandler.lifecycle;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts parts in order and stops them in reverse. Not thread-safe: one thread starts, then one thread stops. */
public final class Lifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

    private final Deque<Part> running = new ArrayDeque<>();

    /** Starts the part now and stops it with the others, also when this throws. Returns it, so that wiring reads as one line. */
    public <T extends Part> T start(T part) {
        running.push(part);
        part.start();
        return part;
    }

    /** Stops what was started, the last first. A part that fails to stop is logged and doesn't keep the others. */
    public void stop() {
        stop(failure -> {});
    }

    /**
     * Stops what was started, since its start or that of something else failed, also when this thread was interrupted
     * meanwhile.
     *
     * @param cause keeps what fails to stop as suppressed
     */
    public void stopAfter(Throwable cause) {
        boolean interrupted = Thread.interrupted();
        stop(cause::addSuppressed);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void stop(Consumer<Throwable> onFailure) {
        while (!running.isEmpty()) {
            Part part = running.pop();
            try {
                part.stop();
            } catch (RuntimeException | Error e) {
                LOG.warn("{} did not stop cleanly", part.getClass().getSimpleName(), e);
                onFailure.accept(e);
            }
        }
    }
}
