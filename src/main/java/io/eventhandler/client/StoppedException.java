package io.eventhandler.client;

import java.io.Serial;

/** A subscription has to end for a reason, which is the cause. */
final class StoppedException extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    private final Throwable reason;

    StoppedException(Throwable reason) {
        super(reason);
        this.reason = reason;
    }

    Throwable reason() {
        return reason;
    }
}
