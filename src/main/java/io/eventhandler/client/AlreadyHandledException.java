package io.eventhandler.client;

import java.io.Serial;

/** An event turned out to have been handled before, by this process or another one: it counts as handled. */
public final class AlreadyHandledException extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    public AlreadyHandledException(String message) {
        super(message);
    }
}
