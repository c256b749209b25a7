package io.eventhandler.eventlog;

import io.eventhandler.lifecycle.Part;
import java.time.Duration;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the log's next partitions ahead of time and drops those of expired idempotency keys. Every replica runs one; the
 * database lets one of them work.
 */
public final class Maintenance implements Part {

    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);
    private static final Duration INTERVAL = Duration.ofSeconds(30);

    private final EventLog log;
    private final Thread thread = Thread.ofVirtual().name("maintenance").unstarted(this::run);

    public Maintenance(EventLog log) {
        this.log = log;
    }

    @Override
    public void start() {
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                try {
                    log.maintain();
                } catch (DataAccessException e) {
                    LOG.debug("maintenance failed, the next round tries again", e);
                }
                Thread.sleep(INTERVAL);
            }
        } catch (InterruptedException e) {
            LOG.debug("maintenance ends");
        }
    }

    @Override
    public void stop() {
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
