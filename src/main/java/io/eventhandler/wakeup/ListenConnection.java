package io.eventhandler.wakeup;

import com.impossibl.postgres.api.jdbc.PGConnection;
import com.impossibl.postgres.api.jdbc.PGNotificationListener;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.postgres.DatabaseUrl;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/** One connection that listens on one channel, to the first of the hosts that is a primary. Not thread-safe, but for {@link #close}. */
final class ListenConnection implements AutoCloseable {

    private static final String PROBE = "probe:";

    private final Connection connection;
    private final PGNotificationListener listener; // the driver holds listeners weakly: this field keeps it alive
    private final String channel;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable CountDownLatch probeArrived;

    private ListenConnection(Connection connection, String channel, ObjIntConsumer<String> onPayload)
            throws SQLException {
        this.connection = connection;
        this.channel = channel;
        this.listener = new PGNotificationListener() {
            @Override
            public void notification(int processId, String channelName, String payload) {
                if (payload.startsWith(PROBE)) {
                    CountDownLatch expected = probeArrived;
                    if (expected != null && payload.equals(PROBE + System.identityHashCode(expected))) {
                        expected.countDown();
                    }
                } else {
                    onPayload.accept(payload, processId);
                }
            }

            @Override
            public void closed() {
                closed.countDown();
            }
        };
        connection.unwrap(PGConnection.class).addNotificationListener(null, channel, listener);
    }

    private void listen(Map<String, String> settings) throws SQLException {
        for (var setting : settings.entrySet()) {
            try (var statement = connection.prepareStatement("SELECT set_config(?, ?, false)")) {
                statement.setString(1, setting.getKey());
                statement.setString(2, setting.getValue());
                statement.executeQuery().close();
            }
        }
        execute("LISTEN " + channel);
    }

    /**
     * Connects to the first host that answers and is as wanted, and listens.
     *
     * @param onPayload gets each payload and the PostgreSQL process that sent it; called on the driver's thread; must not block
     */
    static ListenConnection open(
            DatabaseUrl url, String channel, String applicationName, Duration timeout, ObjIntConsumer<String> onPayload)
            throws SQLException {
        SQLException failure = new SQLException("no host");
        for (DatabaseUrl.Host host : url.hosts()) {
            Connection connection = null;
            try {
                connection = ListenDriver.connect(url, host, applicationName, timeout);
                if (url.needsPrimary()
                        && !queryText(connection, "SHOW transaction_read_only").equals("off")) {
                    throw new SQLException(host + " takes no writes");
                }
                var opened = new ListenConnection(connection, channel, onPayload);
                opened.listen(url.sessionSettings());
                return opened;
            } catch (SQLException e) {
                failure = e;
                closeQuietly(connection);
            } catch (RuntimeException e) { // the driver's, when the connection breaks at the wrong moment
                failure = new SQLException("the connection to %s broke".formatted(host), e);
                closeQuietly(connection);
            }
        }
        throw failure;
    }

    /** Whether a notification that this connection sends comes back within the deadline; a pooler may swallow it. */
    boolean probe(Duration deadline) throws SQLException, InterruptedException {
        var expected = new CountDownLatch(1);
        probeArrived = expected;
        within(deadline, () -> {
            try (var statement = connection.prepareStatement("SELECT pg_notify(?, ?)")) {
                statement.setString(1, channel);
                statement.setString(2, PROBE + System.identityHashCode(expected));
                return statement.execute();
            }
        });
        return expected.await(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** How full the server's notification queue is, from 0 to 1. Asking also lets the server trim it. */
    double queueUsage(Duration deadline) throws SQLException, InterruptedException {
        return within(
                deadline, () -> Double.parseDouble(queryText(connection, "SELECT pg_notification_queue_usage()")));
    }

    /** The driver needs several of its timeouts to give up a connection that hangs; its caller needs one deadline. */
    private static <T> T within(Duration deadline, Callable<T> query) throws SQLException, InterruptedException {
        var task = new FutureTask<>(query);
        Thread.ofVirtual().start(task);
        try {
            return task.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new SQLTimeoutException("no answer within %d ms".formatted(deadline.toMillis()), e);
        } catch (ExecutionException e) {
            throw new SQLException(e.getCause());
        }
    }

    /** Waits until the connection has ended, at most this long. */
    boolean awaitEnd(Duration timeout) throws InterruptedException {
        return closed.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String queryText(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    /** Returns at once; the driver may take its time over a connection that hangs. */
    @Override
    public void close() {
        closed.countDown();
        BackgroundThread.once("listen-close", () -> closeQuietly(connection));
    }

    private static void closeQuietly(@Nullable Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            // It is of no more use either way.
        }
    }
}
