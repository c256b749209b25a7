package io.eventhandler.eventlog.upkeep;

import io.eventhandler.postgres.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jooq.DSLContext;
import org.jooq.QueryPart;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * Lets one replica at a time do work that can't be one transaction: holds an advisory lock in a transaction of its own,
 * which ends with the replica, and works on a second connection.
 *
 * @param database with two connections at least
 * @param lock the second number of the advisory lock
 * @param lockTimeout how long a statement that is executed here may wait for a lock
 */
record SoleWorker(Database database, int lock, Duration lockTimeout) {

    /** What is done, statement by statement, each its own transaction. */
    @FunctionalInterface
    interface Work {
        void run(DSLContext sql) throws InterruptedException;
    }

    /**
     * Does the work, unless another replica is at it.
     *
     * @return whether it was done
     */
    boolean run(Work work) throws SQLException, InterruptedException {
        try (Connection holder = database.pool().getConnection()) {
            holder.setAutoCommit(false); // closing it rolls back, which releases the lock
            if (!tryLock(holder)) {
                return false;
            }
            try (Connection connection = database.pool().getConnection()) {
                work.run(DSL.using(connection, SQLDialect.POSTGRES));
                return true;
            }
        }
    }

    /** Executes a statement in a transaction of its own, where it waits for a lock no longer than the lock timeout. */
    void execute(DSLContext sql, String statement, QueryPart... parts) {
        sql.transaction(transaction -> {
            transaction.dsl().execute("SET LOCAL lock_timeout = " + lockTimeout.toMillis());
            transaction.dsl().execute(statement, parts);
        });
    }

    private boolean tryLock(Connection holder) throws SQLException {
        try (Statement statement = holder.createStatement()) {
            boolean locked;
            try (ResultSet rows =
                    statement.executeQuery("SELECT pg_try_advisory_xact_lock(7305806, %d)".formatted(lock))) {
                locked = rows.next() && rows.getBoolean(1);
            }
            // Also replaces the query as what the connection did last: its snapshot would stay, and the work waits for
            // the end of older snapshots.
            statement.execute("SET LOCAL idle_in_transaction_session_timeout = 0");
            return locked;
        }
    }
}
