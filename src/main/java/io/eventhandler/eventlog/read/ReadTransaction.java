package io.eventhandler.eventlog.read;

import io.eventhandler.eventlog.DatabaseFailure;
import io.eventhandler.eventlog.read.HistoryException.Reason;
import io.eventhandler.postgres.jooq.Routines;
import java.sql.Statement;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.Select;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;

/**
 * A short transaction in which the log is read, all of it from one snapshot. For one thread.
 */
final class ReadTransaction {

    private static final String ONE_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; ";

    private final DSLContext sql;
    private final EventRows rows;

    private ReadTransaction(DSLContext sql, EventRows rows) {
        this.sql = sql;
        this.rows = rows;
    }

    /**
     * Reads in a transaction of its own, on a connection that is given back before this returns. A connection that breaks
     * on the way, as it does when the driver was sent more than it may hold, is tried again with one row at a time.
     *
     * @param settings statements that set what is to hold for this transaction
     */
    static <T extends @Nullable Object> T run(DSLContext sql, String settings, Function<ReadTransaction, T> reading) {
        boolean[] begun = {false};
        try {
            return run(sql, settings, reading, begun, EventRows.GROWING);
        } catch (DataAccessException e) {
            if (!begun[0] || !DatabaseFailure.isAmbiguous(e)) {
                throw e;
            }
            return run(sql, settings, reading, begun, EventRows.SINGLE);
        }
    }

    private static <T extends @Nullable Object> T run(
            DSLContext sql, String settings, Function<ReadTransaction, T> reading, boolean[] begun, EventRows rows) {
        return sql.transactionResult(transaction -> {
            begun[0] = true;
            var read = new ReadTransaction(transaction.dsl(), rows);
            read.set(ONE_SNAPSHOT + settings);
            return reading.apply(read);
        });
    }

    DSLContext sql() {
        return sql;
    }

    /** Executes statements that set something for the rest of the transaction. */
    void set(String settings) {
        sql.connection(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(settings);
            }
        });
    }

    /** The ids that the log has. Ask after its events have been read: then none of them was removed meanwhile. */
    IdRange inLog() {
        return new IdRange(earliest(), Routines.eventsHead(sql.configuration()));
    }

    /** The id of the earliest event. Ask after its events have been read, as {@link #inLog}. */
    long earliest() {
        return Routines.eventsEarliest(sql.configuration());
    }

    /**
     * Checks that the log reaches up to this id here: a node that lags, or is no longer the primary, may have less, and
     * what was read from it would look complete.
     *
     * @throws HistoryException when it does not
     */
    void requireHead(long id) {
        long head = Routines.eventsHead(sql.configuration());
        if (head < id) {
            throw new HistoryException(
                    Reason.BEHIND, "the database has events up to %d only, of %d".formatted(head, id));
        }
    }

    /** The statement's events up to the limit, and none after the one with which they exceed the bytes. */
    EventPage fetch(Select<?> select, long limit, long maxBytes) {
        return rows.fetch(select, limit, maxBytes);
    }
}
