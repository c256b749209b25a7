package io.eventhandler.eventlog;

/** The log can't be read now: the database is away or did not answer in time. */
public final class LogUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    LogUnavailableException(Throwable cause) {
        super("the log can't be read now", cause);
    }
}
