package io.eventhandler.logstore;

import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.jooq.Routines;
import java.time.Duration;
import org.jooq.exception.DataAccessException;
import org.jooq.types.YearToSecond;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Makes the next days of the store ahead of time and removes the oldest ones. Every replica runs one; the database lets one
 * of them work. A reader holds up the removal, to a later round.
 */
public final class LogUpkeep implements Part {

    private static final Logger LOG = LoggerFactory.getLogger(LogUpkeep.class);
    private static final Duration INTERVAL = Duration.ofSeconds(30);

    private final Database database;
    private final Duration maxAge;
    private final @Nullable Long maxBytes;
    private final Duration interval;
    private final BackgroundThread thread =
            new BackgroundThread(Thread.ofVirtual().name("log-upkeep"), this::run);
    private volatile double storedBytes = Double.NaN;

    public LogUpkeep(Database database, LogStoreOptions options) {
        this(database, options.retention(), options.retentionBytes(), INTERVAL);
    }

    LogUpkeep(Database database, Duration maxAge, @Nullable Long maxBytes, Duration interval) {
        this.database = database;
        this.maxAge = maxAge;
        this.maxBytes = maxBytes;
        this.interval = interval;
    }

    @Override
    public void start() {
        thread.start();
    }

    private boolean run() throws InterruptedException {
        attempt("the next days of the logs of services could not be made", this::makeAhead);
        attempt("old logs of services could not be removed", this::removeExpired);
        attempt("the logs of services could not be measured", this::measure);
        Thread.sleep(interval);
        return true;
    }

    private void makeAhead() {
        Routines.maintainLogRecords(database.sql().configuration());
    }

    private void removeExpired() {
        String removed;
        while ((removed = Routines.dropExpiredLogPartition(
                        database.sql().configuration(), YearToSecond.valueOf(maxAge), maxBytes))
                != null) {
            LOG.info("removed the old logs of {}", removed);
        }
    }

    private void measure() {
        storedBytes = Routines.logPartitions(database.sql().configuration()).stream()
                .mapToDouble(day -> day.getBytes())
                .sum();
    }

    private static void attempt(String failure, Runnable work) {
        try {
            work.run();
        } catch (DataAccessException e) {
            LOG.atLevel(Thread.currentThread().isInterrupted() ? Level.DEBUG : Level.INFO)
                    .addKeyValue("reason", String.valueOf(e.getMessage()))
                    .log(failure + ", the next round tries again");
        }
    }

    /** What all days took on disk when they were measured last, not a number before. */
    double storedBytes() {
        return storedBytes;
    }

    @Override
    public void stop() {
        thread.stop();
    }
}
