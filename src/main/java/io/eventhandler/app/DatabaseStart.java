package io.eventhandler.app;

import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.Schema;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has to be so before a replica can start: the database answers, and its schema is up to date. */
final class DatabaseStart {

    private static final Logger LOG = LoggerFactory.getLogger(DatabaseStart.class);
    private static final int MIGRATION_CONNECTIONS = 3;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(500);

    private final DatabaseUrl url;
    private final String applicationName;
    private final Duration timeout;

    /**
     * @param timeout how long to wait for the database, and for somebody else's migration
     */
    DatabaseStart(DatabaseUrl url, String applicationName, Duration timeout) {
        this.url = url;
        this.applicationName = applicationName;
        this.timeout = timeout;
    }

    /** Waits for the database, then applies the migrations that are missing, however long they take. */
    void migrate() throws SQLException, InterruptedException {
        run(Schema::migrate);
    }

    /** Waits for the database, then until no migration is missing. */
    void awaitMigrated() throws SQLException, InterruptedException {
        run(schema -> {
            long deadline = System.nanoTime() + timeout.toNanos();
            while (!schema.isCurrent()) {
                if (System.nanoTime() > deadline) {
                    throw new SQLException("the database %s lacks migrations: run the command migrate".formatted(url));
                }
                LOG.warn("waiting for the migrations of {}", url);
                Thread.sleep(RETRY_PAUSE);
            }
        });
    }

    @FunctionalInterface
    private interface Work {
        void run(Schema schema) throws SQLException, InterruptedException;
    }

    private void run(Work work) throws SQLException, InterruptedException {
        url.remarks().forEach(remark -> LOG.warn("DATABASE_URL: {}", remark));
        var database = new Database(url, applicationName, MIGRATION_CONNECTIONS, CONNECT_TIMEOUT, Duration.ZERO);
        try {
            await(database);
            work.run(new Schema(database));
        } finally {
            database.stop();
        }
    }

    private void await(Database database) throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            try {
                database.ping();
                return;
            } catch (SQLException e) {
                if (System.nanoTime() > deadline) {
                    throw new SQLException("the database %s does not answer: %s".formatted(url, rootMessage(e)), e);
                }
                LOG.warn("waiting for the database {}: {}", url, rootMessage(e));
                Thread.sleep(RETRY_PAUSE);
            }
        }
    }

    /** The innermost cause, in words. */
    static String rootMessage(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }
}
