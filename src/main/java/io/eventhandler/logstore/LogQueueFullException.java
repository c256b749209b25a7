package io.eventhandler.logstore;

/** So much waits to be stored that no more is taken; whoever sends it may try again later. */
public final class LogQueueFullException extends Exception {

    private static final long serialVersionUID = 1L;

    LogQueueFullException(String message) {
        super(message);
    }
}
