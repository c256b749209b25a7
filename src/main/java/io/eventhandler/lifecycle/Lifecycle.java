package io.eventhandler.lifecycle;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts parts in order and stops them in reverse. Not thread-safe: one thread starts, then one thread stops. */
public final class Lifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

    private final Deque<Part> running = new ArrayDeque<>();

    /** Starts the part now and remembers to stop it. Returns it, so that wiring reads as one line. */
    public <T extends Part> T start(T part) {
        part.start();
        running.push(part);
        return part;
    }

    /** Stops what was started, the last first. A part that fails to stop is logged and doesn't keep the others. */
    public void stop() {
        while (!running.isEmpty()) {
            Part part = running.pop();
            try {
                part.stop();
            } catch (RuntimeException e) {
                LOG.warn("{} did not stop cleanly", part.getClass().getSimpleName(), e);
            }
        }
    }
}
