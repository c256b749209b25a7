package io.eventhandler.client;

import java.io.Serial;

/** Somebody has moved the stored position back: the subscription has to begin anew from there. */
final class CursorMovedException extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    CursorMovedException(String message) {
        super(message);
    }
}
