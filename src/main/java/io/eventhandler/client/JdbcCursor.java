package io.eventhandler.client;

import io.eventhandler.event.Event;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Remembers in the consumer's own database. With {@link #inTransaction} each event is handled exactly once there: what its
 * consumer writes and that it was handled are committed together, also when several processes use a cursor of the same name.
 *
 * <pre>{@code
 * var cursor = new JdbcCursor(dataSource, "billing");
 * events.subscribe(
 *         SubscribeOptions.of("order.placed").cursor(cursor),
 *         cursor.inTransaction((connection, event) -> insertInvoice(connection, event)));
 * }</pre>
 *
 * <p>A row of the table {@value #TABLE} is a cursor; {@link #createTable} makes it. A row whose position is set back by hand has
 * the events behind it handled again.
 */
public final class JdbcCursor implements CursorStore {

    /** The table's name. */
    public static final String TABLE = "event_cursor";

    private static final String INTEGRITY_VIOLATION = "23";

    private final DataSource database;
    private final String name;
    private volatile @Nullable Cursor known; // what was loaded or saved last
    private volatile @Nullable Cursor passed; // what the row surely has reached by now

    /**
     * @param name of this cursor among those of the table, at most 255 characters
     */
    public JdbcCursor(DataSource database, String name) {
        this.database = database;
        this.name = name;
    }

    /** Handles an event with a connection whose transaction is committed afterwards, together with the position. */
    @FunctionalInterface
    public interface Work {

        /**
         * @param connection for this event only; not to be committed, rolled back or closed
         * @throws Exception when it failed: the transaction is rolled back
         */
        void handle(Connection connection, Event event) throws Exception;
    }

    /** Creates the table unless it is there. */
    public void createTable() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            boolean automatic = connection.getAutoCommit();
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS %s (name varchar(255) PRIMARY KEY, position bigint NOT NULL, epoch varchar(255) NOT NULL)"
                            .formatted(TABLE));
            if (!automatic) {
                connection.commit();
            }
        }
    }

    /** A consumer that does this work and remembers the event in one transaction. */
    public EventConsumer inTransaction(Work work) {
        return event -> {
            Cursor reached = passed;
            if (reached != null && event.id() <= reached.id()) {
                throw new AlreadyHandledException("event %d was handled before".formatted(event.id()));
            }
            transact(connection -> {
                work.handle(connection, event);
                advance(connection, event);
            });
            Cursor before = known;
            passed = before == null ? null : new Cursor(event.id(), before.epoch());
        };
    }

    /**
     * Remembers within the transaction of this connection that the event is handled, for consumers that make their own
     * transactions. To be followed by a commit, or a rollback if it throws.
     *
     * @throws AlreadyHandledException when the event was handled before: what was done with it must be rolled back
     * @throws Exception when it can't be remembered: what was done with it must be rolled back
     */
    public void advance(Connection connection, Event event) throws Exception {
        Cursor before = known;
        if (before == null) {
            throw new IllegalStateException("the cursor %s belongs to no subscription that has begun".formatted(name));
        }
        move(connection, before, new Cursor(event.id(), before.epoch()));
    }

    /**
     * Whoever is at {@code before} has nothing to handle up to {@code reached}: neither has anybody who is between the two.
     */
    private void move(Connection connection, Cursor before, Cursor reached) throws Exception {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE %s SET position = ?, epoch = ? WHERE name = ? AND epoch = ? AND position >= ? AND position < ?"
                        .formatted(TABLE))) {
            update.setLong(1, reached.id());
            update.setString(2, reached.epoch());
            update.setString(3, name);
            update.setString(4, before.epoch());
            update.setLong(5, before.id());
            update.setLong(6, reached.id());
            if (update.executeUpdate() == 1) {
                return;
            }
        }
        Cursor now = read(connection);
        if (now == null || !now.epoch().equals(before.epoch()) || now.id() < before.id()) {
            throw new CursorMovedException("the cursor %s was moved by somebody else".formatted(name));
        }
        passed = now;
        throw new AlreadyHandledException("event %d was handled before".formatted(reached.id()));
    }

    @Override
    public @Nullable Cursor load() throws SQLException {
        try (Connection connection = database.getConnection()) {
            boolean automatic = connection.getAutoCommit();
            passed = null;
            known = read(connection);
            if (!automatic) {
                connection.commit();
            }
        }
        return known;
    }

    private @Nullable Cursor read(Connection connection) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT position, epoch FROM %s WHERE name = ?".formatted(TABLE))) {
            select.setString(1, name);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? new Cursor(row.getLong(1), row.getString(2)) : null;
            }
        }
    }

    @Override
    public void save(Cursor position) throws Exception {
        Cursor before = known;
        Cursor reached = passed;
        if (before == null) {
            insert(position);
        } else if (!position.epoch().equals(before.epoch()) || position.id() < before.id()) {
            moveElsewhere(before, position);
        } else if (!position.equals(before) && (reached == null || position.id() > reached.id())) {
            try {
                transact(connection -> move(connection, before, position));
            } catch (AlreadyHandledException e) {
                // Within its transaction, or by somebody else.
            }
        }
        known = position;
    }

    /** Somebody else may be first, whose position holds. */
    private void insert(Cursor first) throws Exception {
        try {
            transact(connection -> {
                try (PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO %s (name, position, epoch) VALUES (?, ?, ?)".formatted(TABLE))) {
                    insert.setString(1, name);
                    insert.setLong(2, first.id());
                    insert.setString(3, first.epoch());
                    insert.executeUpdate();
                }
            });
        } catch (SQLException e) {
            String state = e.getSQLState();
            if (state == null || !state.startsWith(INTEGRITY_VIOLATION)) {
                throw e;
            }
        }
    }

    /** To another epoch, or back: as long as nobody else has done so. */
    private void moveElsewhere(Cursor before, Cursor position) throws Exception {
        transact(connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "UPDATE %s SET position = ?, epoch = ? WHERE name = ? AND epoch = ?".formatted(TABLE))) {
                update.setLong(1, position.id());
                update.setString(2, position.epoch());
                update.setString(3, name);
                update.setString(4, before.epoch());
                if (update.executeUpdate() == 0) {
                    throw new CursorMovedException("the cursor %s was moved by somebody else".formatted(name));
                }
            }
        });
    }

    @FunctionalInterface
    private interface Transaction {
        void run(Connection connection) throws Exception;
    }

    private void transact(Transaction transaction) throws Exception {
        try (Connection connection = database.getConnection()) {
            boolean automatic = connection.getAutoCommit();
            connection.setAutoCommit(false);
            try {
                transaction.run(connection);
                connection.commit();
            } catch (Throwable e) {
                rollBack(connection, e);
                throw e;
            } finally {
                if (automatic && !connection.isClosed()) {
                    connection.setAutoCommit(true);
                }
            }
        }
    }

    private static void rollBack(Connection connection, Throwable cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }
}
