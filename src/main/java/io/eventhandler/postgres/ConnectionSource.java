package io.eventhandler.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Opens a pool's connections and sets on each what the service needs, whatever its role, its database or the server has as
 * a default. Safe for concurrent use.
 *
 * <p>Behind a pooler it sets nothing and gives no statement a name: there a session belongs to whoever's transaction it is.
 * What is between is told by the process that the other side says it is, which is PostgreSQL's own only without a pooler.
 */
final class ConnectionSource extends PGSimpleDataSource {

    private static final long serialVersionUID = 1L;

    /** Of a transaction whose replica has frozen. */
    private static final Duration MIN_IDLE_TIMEOUT = Duration.ofMinutes(1);

    private final Duration statementTimeout;
    private final boolean threshold;
    private volatile boolean pooled;

    /**
     * @param statementTimeout after which a statement is cancelled, and a transaction that idles, zero for never
     */
    ConnectionSource(String url, Properties properties, Duration statementTimeout) {
        this.statementTimeout = statementTimeout;
        this.threshold = properties.containsKey("prepareThreshold");
        setUrl(url);
        try {
            for (String name : properties.stringPropertyNames()) {
                setProperty(name, properties.getProperty(name));
            }
        } catch (SQLException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Whether there is a pooler between, as far as is known from the connections so far. */
    boolean isPooled() {
        return pooled;
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = super.getConnection();
        try {
            if (pooled || set(connection)) {
                return connection;
            }
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
        connection.close();
        if (!threshold) {
            setPrepareThreshold(0);
        }
        setQueryTimeout(
                (int) Math.ceilDiv(statementTimeout.toMillis(), 1_000)); // the driver cancels in the server's place
        pooled = true;
        return super.getConnection();
    }

    /**
     * Sets what this PostgreSQL knows of it, unless there is a pooler between.
     *
     * @return whether there is none
     */
    private boolean set(Connection connection) throws SQLException {
        String settings = """
                SELECT set_config(name, value, false)
                FROM (VALUES ('statement_timeout', '%d'), ('lock_timeout', '0'), ('transaction_timeout', '0'),
                             ('idle_session_timeout', '0'), ('idle_in_transaction_session_timeout', '%d'),
                             ('default_transaction_isolation', 'read committed'),
                             ('default_transaction_deferrable', 'off'), ('standard_conforming_strings', 'on'),
                             ('array_nulls', 'on'), ('quote_all_identifiers', 'off')) AS needed (name, value)
                WHERE pg_backend_pid() = %d AND current_setting(name, true) IS NOT NULL""".formatted(
                statementTimeout.toMillis(),
                statementTimeout.isZero() ? 0 : Math.max(MIN_IDLE_TIMEOUT.toMillis(), statementTimeout.toMillis()),
                connection.unwrap(PGConnection.class).getBackendPID());
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(settings)) {
            return rows.next();
        }
    }
}
