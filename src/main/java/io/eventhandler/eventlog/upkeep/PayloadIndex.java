package io.eventhandler.eventlog.upkeep;

import io.eventhandler.eventlog.UnindexedPartitions;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.jooq.Routines;
import io.eventhandler.service.SettingsReader;
import java.sql.SQLException;
import java.time.Duration;
import org.jooq.DSLContext;
import org.jooq.Name;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes or drops the index that finds events by what their payload contains, in the background, and ends when that is
 * done. One replica works, any other takes over in the middle. Publishers don't wait: each partition's index is built
 * concurrently; what needs the whole log's lock takes a moment, or gives up and tries again.
 *
 * <p>Partitions that are made later get the index by themselves.
 */
public final class PayloadIndex implements Part {

    private static final Logger LOG = LoggerFactory.getLogger(PayloadIndex.class);
    private static final int LOCK = 11;

    /** How long publishers may have to wait behind a lock that others hold up. */
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(200);

    private static final Name INDEX = DSL.name("events_payload");

    private static final String LEFT_OVER = """
            SELECT x.indexrelid::regclass::text
            FROM pg_index x JOIN pg_inherits i ON i.inhrelid = x.indrelid
            WHERE i.inhparent = 'events'::regclass AND x.indexrelid::regclass::text ~ '^events_from_[0-9]+_payload$'""";

    private final Database database;
    private final SoleWorker worker;
    private final boolean isWanted;
    private final Duration retryPause;
    private final BackgroundThread thread =
            new BackgroundThread(Thread.ofVirtual().name("payload-index"), this::run);

    /** Reads {@code PAYLOAD_INDEX}: whether payloads are to have an index, null to leave it as it is. */
    public static @Nullable Boolean read(SettingsReader in) {
        return in.optionalFlag(
                "PAYLOAD_INDEX", "none: left as it is", "true makes an index for queries by payload, false drops it");
    }

    /**
     * @param database with two connections at least and hours for a statement; stopped when the work is done
     * @param isWanted makes the index when true, drops it otherwise
     * @param retryPause after something was in the way
     */
    public PayloadIndex(Database database, boolean isWanted, Duration retryPause) {
        this.database = database;
        this.worker = new SoleWorker(database, LOCK, LOCK_TIMEOUT);
        this.isWanted = isWanted;
        this.retryPause = retryPause;
    }

    @Override
    public void start() {
        thread.start();
    }

    private boolean run() throws InterruptedException {
        if (isDone()) {
            database.stop();
            return false;
        }
        Thread.sleep(retryPause);
        return true;
    }

    private boolean isDone() throws InterruptedException {
        try {
            if (!Boolean.TRUE.equals(Routines.isEventsOwner(database.sql().configuration()))) {
                LOG.warn("PAYLOAD_INDEX does nothing here: the role that owns the log makes and drops the index");
                return true;
            }
            return worker.run(isWanted ? this::make : this::drop);
        } catch (SQLException | DataAccessException e) {
            LOG.atInfo()
                    .addKeyValue("reason", String.valueOf(e.getMessage()))
                    .log("the payload index could not be {} yet, trying again", isWanted ? "made" : "dropped");
            return false;
        }
    }

    private void make(DSLContext sql) {
        // Of the log as a whole, without its partitions: the lock is held for a moment.
        worker.execute(sql, "CREATE INDEX IF NOT EXISTS {0} ON ONLY events USING gin (payload jsonb_path_ops)", INDEX);
        for (var partition : UnindexedPartitions.in(sql)) {
            String name = partition.get(0, String.class);
            Name index = DSL.name(name + "_payload");
            boolean isBroken = partition.get(2, boolean.class);
            // Concurrently: locks out no writer, and waits for transactions to end, as long as they take.
            if (isBroken) {
                sql.execute("DROP INDEX CONCURRENTLY {0}", index);
            }
            if (isBroken || !partition.get(1, boolean.class)) {
                sql.execute(
                        "CREATE INDEX CONCURRENTLY {0} ON {1} USING gin (payload jsonb_path_ops)",
                        index, DSL.name(name));
            }
            worker.execute(sql, "ALTER INDEX {0} ATTACH PARTITION {1}", INDEX, index);
            LOG.info("the payloads of {} are indexed", name);
        }
        LOG.info("the payload index is complete");
    }

    private void drop(DSLContext sql) {
        worker.execute(sql, "DROP INDEX IF EXISTS {0}", INDEX);
        for (String index : sql.fetch(LEFT_OVER).getValues(0, String.class)) {
            sql.execute("DROP INDEX CONCURRENTLY {0}", DSL.name(index));
        }
    }

    @Override
    public void stop() {
        thread.stop();
        database.stop();
    }
}
