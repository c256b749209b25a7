package io.eventhandler.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.micrometer.MicrometerMetricsTrackerFactory;
import io.eventhandler.lifecycle.Part;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * A pool of connections and jOOQ over it, every statement its own transaction. Safe for concurrent use. Connects when
 * first asked, so it may be made before the server is up.
 */
public final class Database implements Part {

    static {
        System.setProperty("org.jooq.no-logo", "true");
        System.setProperty("org.jooq.no-tips", "true");
    }

    /** What the service's statements rely on: on direct connections it is set, behind a pooler it must be so already. */
    private static final Map<String, String> NEEDED = Map.of(
            "default_transaction_isolation",
            "read committed",
            "standard_conforming_strings",
            "on",
            "array_nulls",
            "on");

    /**
     * What the driver may hold of one statement's rows: beyond it the connection breaks, before the heap is full. Readers ask
     * for less at a time; this is for rows that are suddenly large.
     */
    public static final long MAX_RESULT_BYTES =
            Math.max(32 << 20, Runtime.getRuntime().maxMemory() / 16);

    private final ConnectionSource source;
    private final HikariDataSource pool;
    private final DSLContext sql;

    /**
     * @param applicationName shown in {@code pg_stat_activity}
     * @param size connections at most
     * @param connectTimeout how long a caller waits for a connection
     * @param statementTimeout after which the server cancels a statement, and after which (and a second) a silent
     *     server counts as gone; zero for never
     */
    public Database(
            DatabaseUrl url, String applicationName, int size, Duration connectTimeout, Duration statementTimeout) {
        this.source = source(url, applicationName, connectTimeout, statementTimeout);
        var config = new HikariConfig();
        config.setPoolName(applicationName);
        config.setDataSource(source);
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(Math.min(size, 1));
        config.setConnectionTimeout(connectTimeout.toMillis());
        config.setValidationTimeout(Math.clamp(connectTimeout.toMillis(), 250, 1_000));
        config.setInitializationFailTimeout(-1);
        this.pool = new HikariDataSource(config);

        var jooq = new DefaultConfiguration();
        jooq.set(pool);
        jooq.set(SQLDialect.POSTGRES);
        jooq.set(new Settings()
                .withExecuteLogging(false)
                .withRenderSchema(false)
                .withAttachRecords(false)
                .withRenderFormatted(false));
        this.sql = DSL.using(jooq);
    }

    private static ConnectionSource source(
            DatabaseUrl url, String applicationName, Duration connectTimeout, Duration statementTimeout) {
        Properties properties = url.jdbcProperties();
        properties.setProperty("ApplicationName", applicationName);
        properties.putIfAbsent("connectTimeout", String.valueOf(Math.max(1, connectTimeout.toSeconds())));
        properties.putIfAbsent("loginTimeout", String.valueOf(Math.max(1, connectTimeout.toSeconds())));
        properties.putIfAbsent(
                "socketTimeout", statementTimeout.isZero() ? "0" : String.valueOf(statementTimeout.toSeconds() + 1));
        properties.putIfAbsent("maxResultBuffer", String.valueOf(MAX_RESULT_BYTES));

        return new ConnectionSource(url.jdbcUrl(), properties, statementTimeout);
    }

    /**
     * Opens one connection and closes it.
     *
     * @param timeout after which a server that says nothing counts as gone; one that refuses is known at once, which a
     *     pool's callers are told only when they have waited for as long as they may
     * @throws SQLException when there is no PostgreSQL that lets this user in
     */
    public static void reach(DatabaseUrl url, String applicationName, Duration timeout) throws SQLException {
        source(url, applicationName, timeout, timeout).getConnection().close();
    }

    /**
     * Measures the pool from now on.
     *
     * @param name of the pool in the metrics, the same on every replica
     */
    public void measure(MeterRegistry registry, String name) {
        var tracking = new MicrometerMetricsTrackerFactory(registry);
        pool.setMetricsTrackerFactory((poolName, statistics) -> tracking.create(name, statistics));
    }

    /** For jOOQ statements, each in a transaction of its own unless it opens one. */
    public DSLContext sql() {
        return sql;
    }

    /** The pool itself. */
    public DataSource pool() {
        return pool;
    }

    /** Whether the server answers within the connect timeout. */
    public void ping() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            if (!connection.isValid(1)) {
                throw new SQLException("the connection is not valid");
            }
        }
    }

    /** Whether its connections, those so far, lead through a pooler, where no session is their own. */
    public boolean isPooled() {
        return source.isPooled();
    }

    /** How to set what the service needs, is set differently, and can't be changed behind a pooler; null for nothing. */
    public @Nullable String remedy() {
        if (source.isPooled()) {
            for (var needed : NEEDED.entrySet()) {
                String name = needed.getKey();
                String value = sql.fetchSingle("SHOW " + name).get(0, String.class);
                if (!needed.getValue().equals(value)) {
                    return "it has %s = '%s', which the service can't change through a pooler: ALTER ROLE … SET %s = '%s', or connect directly"
                            .formatted(name, value, name, needed.getValue());
                }
            }
        }
        return null;
    }

    @Override
    public void stop() {
        pool.close();
    }
}
