package io.eventhandler.app;

import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.Schema;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has to be so before a replica can start: the database answers, and its schema is up to date. */
final class DatabaseStart {

    private static final Logger LOG = LoggerFactory.getLogger(DatabaseStart.class);
    private static final int MIGRATION_CONNECTIONS = 3;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(500);

    private final DatabaseUrl url;
    private final @Nullable DatabaseUrl direct;
    private final String applicationName;
    private final Duration timeout;

    /**
     * @param direct where migrations go when {@code url} leads through a pooler, null for nowhere
     * @param timeout how long to wait for the database, and for somebody else's migration
     */
    DatabaseStart(DatabaseUrl url, @Nullable DatabaseUrl direct, String applicationName, Duration timeout) {
        this.url = url;
        this.direct = direct;
        this.applicationName = applicationName;
        this.timeout = timeout;
    }

    /** Waits for the database, then applies the migrations that are missing, however long they take. */
    void migrate() throws SQLException, InterruptedException {
        run((database, schema) -> {
            if (!database.isPooled()) {
                schema.migrate();
            } else if (!schema.isCurrent()) {
                migrateDirectly();
            }
        });
    }

    private void migrateDirectly() throws SQLException, InterruptedException {
        if (direct == null || !canMigrate(direct, url)) {
            throw new SQLException(
                    "%s leads through a pooler, where migrations have no session of their own: set DATABASE_LISTEN_URL to a direct connection to the same database, as the same user; or run the command migrate with one as DATABASE_URL"
                            .formatted(url));
        }
        new DatabaseStart(direct, null, applicationName, timeout).migrate();
    }

    /** Whether migrations through the one make the log of the other. */
    static boolean canMigrate(DatabaseUrl direct, DatabaseUrl url) {
        return direct.database().equals(url.database()) && direct.user().equals(url.user());
    }

    /** Waits for the database, then until no migration is missing. */
    void awaitMigrated() throws SQLException, InterruptedException {
        run((database, schema) -> {
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
        void run(Database database, Schema schema) throws SQLException, InterruptedException;
    }

    private void run(Work work) throws SQLException, InterruptedException {
        url.remarks().forEach(remark -> LOG.warn("DATABASE_URL: {}", remark));
        if (direct != null) {
            direct.remarks().forEach(remark -> LOG.warn("DATABASE_LISTEN_URL: {}", remark));
        }
        await();
        var database = new Database(url, applicationName, MIGRATION_CONNECTIONS, CONNECT_TIMEOUT, Duration.ZERO);
        try {
            database.ping();
            if (database.isPooled()) {
                checkPooler(database);
            }
            var schema = new Schema(database);
            work.run(database, schema);
            String fault = schema.fault();
            if (fault != null) {
                throw new SQLException("the schema of %s %s".formatted(url, fault));
            }
        } finally {
            database.stop();
        }
    }

    private void checkPooler(Database database) throws SQLException {
        LOG.warn(
                "{} leads through a pooler: the service gives no statement a name there and leaves all settings alone",
                url);
        String remedy = database.remedy();
        if (remedy != null) {
            throw new SQLException("%s: %s".formatted(url, remedy));
        }
    }

    private void await() throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            try {
                Database.reach(url, applicationName, CONNECT_TIMEOUT);
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
