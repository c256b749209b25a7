package io.eventhandler.logstore;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.jooq.exception.DataAccessException;

/** The logs of services could not be read. */
public final class LogReadException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** The database does not answer. */
        AWAY,
        /** Other readers used all connections for too long. */
        BUSY,
        /** The query took longer than a query may, and found nothing. */
        TOO_SLOW,
        /** PostgreSQL can't compare anything with a value of the query. */
        REFUSED
    }

    private final Reason reason;

    LogReadException(DataAccessException cause) {
        super(message(cause), cause);
        this.reason = reason(cause);
    }

    private static Reason reason(DataAccessException e) {
        String state = e.sqlState();
        if (isCanceled(e)) {
            return Reason.TOO_SLOW;
        }
        if (state.startsWith("22") || state.startsWith("54")) {
            return Reason.REFUSED;
        }
        // The pool gives the cause of its last failure to connect; it has none when it merely was empty.
        boolean poolIsEmpty = e.getCause() instanceof SQLTransientConnectionException pool && pool.getCause() == null;
        return poolIsEmpty ? Reason.BUSY : Reason.AWAY;
    }

    /** Whether the statement took longer than one may. */
    static boolean isCanceled(DataAccessException e) {
        return e.sqlState().equals("57014");
    }

    private static String message(DataAccessException e) {
        SQLException cause = e.getCause(SQLException.class);
        String message = String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
        return message.lines().findFirst().orElse(message).replaceFirst("^ERROR: ", "");
    }

    public Reason reason() {
        return reason;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
