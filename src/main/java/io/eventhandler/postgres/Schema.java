package io.eventhandler.postgres;

import io.eventhandler.service.SettingsReader;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.jspecify.annotations.Nullable;

/**
 * Brings the database's schema to the version of the {@code migrations} directory. Any number of replicas may try at
 * once: one works, the others wait.
 */
public final class Schema {

    /** Flyway's table, under a name of our own: the database may hold another application's. */
    public static final String HISTORY = "eventhandler_schema_history";

    private static final String TRY_LOCK = "SELECT pg_try_advisory_xact_lock(7305806, 4)";
    private static final String OLDEST_RELEASE = "SELECT events_oldest_release()";
    private static final Duration LOCK_PAUSE = Duration.ofMillis(50);
    private static final Duration LOCK_TIMEOUT = Duration.ofMinutes(30);

    /**
     * Which migrations a database has.
     *
     * @param applied the newest of them, 0 for none
     * @param known the newest of this release
     * @param isComplete whether it has all that this release knows
     */
    public record Versions(int applied, int known, boolean isComplete) {}

    private final Database database;
    private final Flyway flyway;
    private volatile int known;

    /**
     * @param database with two connections at least; three to migrate
     */
    public Schema(Database database) {
        this.database = database;
        this.flyway = Flyway.configure()
                .dataSource(database.pool())
                .locations("classpath:migrations")
                .table(HISTORY)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load();
    }

    /** Applies the migrations that are missing. */
    public void migrate() throws SQLException, InterruptedException {
        try (Connection lock = database.pool().getConnection();
                Statement statement = lock.createStatement()) {
            lock.setAutoCommit(false);
            long deadline = System.nanoTime() + LOCK_TIMEOUT.toNanos();
            while (!tryLock(statement)) {
                if (System.nanoTime() > deadline) {
                    throw new SQLException(
                            "another replica has been migrating for " + SettingsReader.text(LOCK_TIMEOUT));
                }
                lock.rollback();
                Thread.sleep(LOCK_PAUSE);
            }
            flyway.migrate();
            lock.commit();
        }
    }

    private static boolean tryLock(Statement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery(TRY_LOCK)) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    /** Whether no migration is missing. Once it is so, it stays so. */
    public boolean isCurrent() {
        return known() > 0;
    }

    /** Why this release can't serve it, null when it can. A later release may change that at any time. */
    public @Nullable String fault() {
        int own = known();
        if (own == 0) {
            return "migrations are missing";
        }
        int needed = database.sql().fetchSingle(OLDEST_RELEASE).get(0, int.class);
        return own >= needed
                ? null
                : "needs a release that knows migration %d, this one knows %d".formatted(needed, own);
    }

    /** The newest migration of this release, 0 while one is missing. */
    private int known() {
        if (known == 0) {
            MigrationInfoService migrations = flyway.info();
            if (migrations.pending().length == 0) {
                known = newest(migrations);
            }
        }
        return known;
    }

    /** Which migrations the database has, as of now. */
    public Versions versions() {
        MigrationInfoService migrations = flyway.info();
        MigrationInfo applied = migrations.current();
        return new Versions(
                applied == null ? 0 : number(applied), newest(migrations), migrations.pending().length == 0);
    }

    /** Of this release. */
    private static int newest(MigrationInfoService migrations) {
        return Stream.of(migrations.all())
                .filter(migration -> migration.getState().isResolved() && migration.getVersion() != null)
                .mapToInt(Schema::number)
                .max()
                .orElseThrow();
    }

    private static int number(MigrationInfo migration) {
        return migration.getVersion().getMajor().intValue();
    }
}
