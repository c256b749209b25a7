package io.eventhandler.eventlog;

import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;

/** What a failed statement tells about its outcome. */
public final class DatabaseFailure {

    private DatabaseFailure() {}

    /** The data is at fault: it will fail the same way whenever it is tried. */
    public static boolean isRefusal(DataAccessException e) {
        String state = e.sqlState();
        return state.startsWith("22") || state.startsWith("54");
    }

    /** Whether the statement may have been committed: its answer is missing, or the server ended the session. */
    public static boolean isAmbiguous(DataAccessException e) {
        String state = e.sqlState();
        return state.startsWith("08") || state.startsWith("57P") || state.equals("00000");
    }

    /** The innermost cause, in words. */
    public static String reason(@Nullable Throwable e) {
        Throwable cause = e;
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause == null) {
            return "unknown";
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
