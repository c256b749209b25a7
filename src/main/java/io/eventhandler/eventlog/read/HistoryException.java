package io.eventhandler.eventlog.read;

import io.eventhandler.eventlog.DatabaseFailure;
import java.sql.SQLTransientConnectionException;
import org.jooq.exception.DataAccessException;

/** The history could not be read. */
public final class HistoryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** The database does not answer. */
        AWAY,
        /** Other readers of the history used all of its connections for too long. */
        BUSY,
        /** The query took longer than a query may. */
        TOO_SLOW,
        /** PostgreSQL can't compare anything with a value of the query. */
        REFUSED,
        /** The database that answers lags behind what this replica has seen of the log. */
        BEHIND,
        /** Events that were still to be read were removed by retention. */
        REMOVED
    }

    private final Reason reason;

    HistoryException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    HistoryException(DataAccessException cause) {
        super(rootMessage(cause), cause);
        this.reason = reason(cause);
    }

    private static Reason reason(DataAccessException e) {
        if (e.sqlState().equals("57014")) {
            return Reason.TOO_SLOW;
        }
        if (DatabaseFailure.isRefusal(e)) {
            return Reason.REFUSED;
        }
        // The pool gives the cause of its last failure to connect; it has none when it merely was empty.
        boolean poolIsEmpty = e.getCause() instanceof SQLTransientConnectionException pool && pool.getCause() == null;
        return poolIsEmpty ? Reason.BUSY : Reason.AWAY;
    }

    private static String rootMessage(Throwable e) {
        String message = DatabaseFailure.reason(e);
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
