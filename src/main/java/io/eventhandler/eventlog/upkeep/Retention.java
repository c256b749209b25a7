package io.eventhandler.eventlog.upkeep;

import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.jooq.Routines;
import io.eventhandler.service.SettingsReader;
import java.sql.SQLException;
import java.time.Duration;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jooq.types.YearToSecond;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Removes the log's oldest events: whole partitions by detaching and dropping them, what is left in small steps. Every
 * replica runs one; the database lets one of them work at a time, and the next takes over wherever it stopped.
 *
 * <p>Publishers and readers don't wait for it. A transaction that still uses a partition holds up that partition's
 * removal, to a later round.
 */
public final class Retention implements Part {

    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    private static final int LOCK = 10;

    /**
     * How long a partition's removal may wait for others, and an append that needs a new partition at that moment for it.
     * Longer than PostgreSQL's {@code deadlock_timeout}, after which an autovacuum gives way.
     */
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(1_500);

    private static final int DETACH_SECONDS = 2;

    /** What every replica has certainly delivered; younger events stay, however many there are. */
    private static final Duration MIN_AGE = Duration.ofMinutes(1);

    private static final int STEP_EVENTS = 5_000;
    private static final int ROUND_STEPS = 100;

    /** A step is followed by a pause of so many times its own length. */
    private static final int PAUSE_FACTOR = 4;

    /**
     * @param maxAge older events are removed, null to keep them
     * @param maxEvents about so many of the newest are kept, null for all
     * @param interval between two rounds
     */
    public record Options(
            @Nullable Duration maxAge, @Nullable Long maxEvents, Duration interval) {

        /** Reads what starts with {@code RETENTION}. */
        public static Options read(SettingsReader in) {
            return new Options(
                    in.optionalDuration(
                            "RETENTION", "none: kept for ever", "1m", "36500d", "the age at which events are removed"),
                    in.optionalNumber(
                            "RETENTION_EVENTS",
                            "none: all are kept",
                            1,
                            1_000_000_000_000L,
                            "about how many of the newest events are kept; none younger than a minute is removed"),
                    in.duration("RETENTION_INTERVAL", "30s", "10ms", "1d", "between removals of old events"));
        }

        /** Whether anything is ever to be removed. */
        public boolean isOn() {
            return maxAge != null || maxEvents != null;
        }
    }

    private final SoleWorker worker;
    private final Options options;
    private final BackgroundThread thread =
            new BackgroundThread(Thread.ofVirtual().name("retention"), this::run);

    /**
     * @param database with two connections at least: one holds the lock, the other works
     */
    public Retention(Database database, Options options) {
        this.worker = new SoleWorker(database, LOCK, LOCK_TIMEOUT);
        this.options = options;
    }

    @Override
    public void start() {
        thread.start();
    }

    private boolean run() throws InterruptedException {
        try {
            worker.run(this::removeExpired);
        } catch (SQLException | DataAccessException e) {
            LOG.atLevel(Thread.currentThread().isInterrupted() ? Level.DEBUG : Level.INFO)
                    .addKeyValue("reason", String.valueOf(e.getMessage()))
                    .log("old events could not be removed, the next round tries again");
        }
        Thread.sleep(options.interval());
        return true;
    }

    private void removeExpired(DSLContext sql) throws InterruptedException {
        @Nullable
        Long retainedFrom = Routines.eventsRetainedFrom(
                sql.configuration(), interval(options.maxAge()), options.maxEvents(), interval(MIN_AGE));
        if (retainedFrom == null) {
            return;
        }
        if (Boolean.TRUE.equals(Routines.isEventsOwner(sql.configuration()))) {
            for (var expired : Routines.eventsExpiredPartitions(sql.configuration(), retainedFrom)) {
                removePartition(sql, expired.getPartition(), expired.getStep());
            }
        } else {
            removePartitions(sql, retainedFrom);
        }
        for (int step = 0; step < ROUND_STEPS; step++) {
            long start = System.nanoTime();
            @Nullable Long deleted = Routines.deleteExpiredEvents(sql.configuration(), retainedFrom, STEP_EVENTS);
            if (deleted == null || deleted < STEP_EVENTS) {
                return;
            }
            Thread.sleep(Duration.ofNanos(PAUSE_FACTOR * (System.nanoTime() - start)));
        }
    }

    /** From the first of its steps that is left. Each is a transaction of its own, or two. */
    private void removePartition(DSLContext sql, String partition, String step) {
        var table = DSL.name(partition);
        switch (step) {
            case "detach" -> {
                worker.execute(sql, "COMMENT ON TABLE {0} IS 'expired'", table);
                // In no transaction, so by the time that it takes; what it leaves half done is finalized next time.
                sql.query("ALTER TABLE events DETACH PARTITION {0} CONCURRENTLY", table)
                        .queryTimeout(DETACH_SECONDS)
                        .execute();
            }
            case "finalize" -> worker.execute(sql, "ALTER TABLE events DETACH PARTITION {0} FINALIZE", table);
            default -> LOG.debug("{} is detached already", partition);
        }
        worker.execute(sql, "DROP TABLE {0}", table);
        LOG.info("removed the old events of {}", partition);
    }

    /** By a function, which has the rights that this role lacks. */
    private static void removePartitions(DSLContext sql, long retainedFrom) {
        String removed;
        while ((removed = Routines.dropExpiredEventsPartition(sql.configuration(), retainedFrom)) != null) {
            LOG.info("removed the old events of {}", removed);
        }
    }

    private static @Nullable YearToSecond interval(@Nullable Duration duration) {
        return duration == null ? null : YearToSecond.valueOf(duration);
    }

    @Override
    public void stop() {
        thread.stop();
    }
}
