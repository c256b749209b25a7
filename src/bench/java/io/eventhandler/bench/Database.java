package io.eventhandler.bench;

import io.eventhandler.postgres.DatabaseUrl;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.postgresql.PGConnection;

/** What the same database does without the service: the baseline and the ceiling. */
final class Database {

    private static final String PAYLOAD = "{\"n\":1,\"t\":2,\"pad\":\"" + "x".repeat(120) + "\"}";
    private static final int CEILING_ROWS = 200;

    private final DatabaseUrl url;

    Database(DatabaseUrl url) {
        this.url = url;
    }

    /** What everybody writes first: one transaction per event, INSERT and {@code pg_notify}. Events per second. */
    double baseline(int connections, Duration duration) throws SQLException, InterruptedException, ExecutionException {
        execute("DROP TABLE IF EXISTS bench_baseline", """
                CREATE TABLE bench_baseline (
                    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_name text NOT NULL,
                    payload jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now())""");
        double rate = measure(connections, duration, 1, connection -> {
            connection.setAutoCommit(false);
            var insert = connection.prepareStatement(
                    "INSERT INTO bench_baseline (event_name, payload) VALUES ('bench', ?::jsonb)");
            var notify = connection.prepareStatement("SELECT pg_notify('bench', ?)");
            return () -> {
                insert.setString(1, PAYLOAD);
                insert.executeUpdate();
                notify.setString(1, PAYLOAD);
                notify.executeQuery().close();
                connection.commit();
            };
        });
        execute("DROP TABLE bench_baseline");
        return rate;
    }

    /** {@code append_events} with 200 rows a call and no HTTP. Events per second. */
    double ceiling(int connections, Duration duration) throws InterruptedException, ExecutionException {
        return measure(connections, duration, CEILING_ROWS, connection -> {
            var append = connection.prepareStatement("""
                    SELECT first_id FROM append_events(gen_random_uuid(), array_fill('bench'::text, ARRAY[%1$d]),
                        array_fill(?::text, ARRAY[%1$d]), array_fill('bench'::text, ARRAY[%1$d]),
                        array_fill(NULL::text, ARRAY[%1$d]))""".formatted(CEILING_ROWS));
            return () -> {
                append.setString(1, PAYLOAD);
                append.executeQuery().close();
            };
        });
    }

    /** Does now what autovacuum would do in the middle of the next measure. */
    void vacuum() throws SQLException {
        execute("VACUUM (ANALYZE) events");
    }

    /** The newest id of the log. */
    long head() throws SQLException {
        return number("SELECT events_head()");
    }

    /** How often the log's table was read so far; the server tells about a second late. */
    long reads() throws SQLException, InterruptedException {
        Thread.sleep(Duration.ofSeconds(2));
        return number("SELECT sum(seq_scan + idx_scan) FROM pg_stat_user_tables WHERE relname LIKE 'events_from_%'");
    }

    private long number(String query) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** Reads the whole log in one snapshot, as pg_dump does, again and again until it is closed. */
    AutoCloseable dump() throws SQLException {
        Connection connection = connect();
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        var copy = connection.unwrap(PGConnection.class).getCopyAPI();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                while (true) {
                    copy.copyOut("COPY (SELECT * FROM events) TO STDOUT", OutputStream.nullOutputStream());
                    connection.rollback();
                }
            } catch (SQLException | IOException e) {
                // It was closed.
            }
        });
        return () -> {
            connection.abort(Runnable::run);
            thread.join();
        };
    }

    @FunctionalInterface
    private interface Preparation {
        Step prepare(Connection connection) throws SQLException;
    }

    @FunctionalInterface
    private interface Step {
        void run() throws SQLException;
    }

    private double measure(int connections, Duration duration, int eventsPerStep, Preparation preparation)
            throws InterruptedException, ExecutionException {
        var events = new AtomicLong();
        long start = System.nanoTime();
        long end = start + duration.toNanos();
        try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                running.add(threads.submit(() -> {
                    try (Connection connection = connect()) {
                        Step step = preparation.prepare(connection);
                        while (System.nanoTime() < end) {
                            step.run();
                            events.addAndGet(eventsPerStep);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> future : running) {
                future.get();
            }
        }
        return events.get() * 1e9 / (System.nanoTime() - start);
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url.jdbcUrl(), url.jdbcProperties());
    }

    private void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
