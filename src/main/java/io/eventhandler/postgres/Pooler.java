package io.eventhandler.postgres;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import org.postgresql.PGConnection;

/** Finds out how a pooler that is between the service and PostgreSQL gives out its connections. */
public final class Pooler {

    private static final int ROUNDS = 10;

    private Pooler() {}

    /**
     * Whether a session passes from one client to another with each transaction: seen when one of two clients gets the
     * process that the other had just before. Not so without a pooler, nor where each client keeps a session of its own.
     */
    public static boolean sharesSessions(DatabaseUrl url) throws SQLException {
        Properties properties = url.jdbcProperties();
        properties.setProperty("prepareThreshold", "0");
        for (String timeout : List.of("connectTimeout", "loginTimeout", "socketTimeout")) {
            properties.putIfAbsent(timeout, "3");
        }
        try (Connection one = DriverManager.getConnection(url.jdbcUrl(), properties)) {
            if (process(one) == one.unwrap(PGConnection.class).getBackendPID()) {
                return false;
            }
            try (Connection other = DriverManager.getConnection(url.jdbcUrl(), properties)) {
                for (int round = 0; round < ROUNDS; round++) {
                    if (process(one) == process(other)) {
                        return true;
                    }
                }
                return false;
            }
        }
    }

    private static int process(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT pg_backend_pid()")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
