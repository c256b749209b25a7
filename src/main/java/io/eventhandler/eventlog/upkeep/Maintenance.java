package io.eventhandler.eventlog.upkeep;

import io.eventhandler.eventlog.EventLog;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.postgres.jooq.Routines;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the log's next partitions ahead of time and drops those of expired idempotency keys, and measures the log. Every
 * replica runs one; the database lets one of them work.
 */
public final class Maintenance implements Part {

    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    private static final Duration CLOCK_WARNING = Duration.ofMinutes(1);

    private final EventLog log;
    private final LogMetrics metrics;
    private final BackgroundThread thread =
            new BackgroundThread(Thread.ofVirtual().name("maintenance"), this::run);

    /**
     * @param maxAge of events, null when they are kept for ever
     */
    public Maintenance(EventLog log, @Nullable Duration maxAge, MeterRegistry registry) {
        this.log = log;
        this.metrics = new LogMetrics(registry, maxAge);
    }

    @Override
    public void start() {
        thread.start();
    }

    private boolean run() throws InterruptedException {
        attempt(this::maintain);
        attempt(this::measure); // also when the upkeep fails, all the more then
        Thread.sleep(INTERVAL);
        return true;
    }

    private void measure() {
        LogState state = LogState.read(log.sql());
        metrics.found(state);
        if (state.clockAheadSeconds() > CLOCK_WARNING.toSeconds()) {
            LOG.atWarn()
                    .addKeyValue("seconds", Math.round(state.clockAheadSeconds()))
                    .log("PostgreSQL's clock was ahead when the newest event was appended, or has been set back since");
        }
    }

    /** The next partitions are made, and one of expired idempotency keys is dropped, unless another replica does it. */
    private void maintain() {
        Routines.maintainEvents(log.sql().configuration());
        Routines.dropExpiredIdempotencyKeys(log.sql().configuration());
    }

    private static void attempt(Runnable work) {
        try {
            work.run();
        } catch (DataAccessException e) {
            LOG.debug("maintenance failed, the next round tries again", e);
        }
    }

    @Override
    public void stop() {
        thread.stop();
    }
}
