package io.eventhandler.postgres;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;

/** Brings the database's schema to the version of the {@code migrations} directory. Any number of replicas may try at once. */
public final class Schema {

    /** Flyway's table, under a name of our own: the database may hold another application's. */
    private static final String HISTORY = "eventhandler_schema_history";

    /** Seconds to wait for another replica that is migrating. */
    private static final int LOCK_RETRIES = 600;

    private final Flyway flyway;

    public Schema(Database database) {
        this.flyway = Flyway.configure()
                .dataSource(database.pool())
                .locations("classpath:migrations")
                .table(HISTORY)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .lockRetryCount(LOCK_RETRIES)
                .load();
    }

    /** Applies the migrations that are missing. */
    public void migrate() {
        flyway.migrate();
    }

    /** Whether no migration is missing. */
    public boolean isCurrent() {
        MigrationInfo[] pending = flyway.info().pending();
        return pending.length == 0;
    }
}
