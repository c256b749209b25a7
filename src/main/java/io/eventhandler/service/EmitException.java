package io.eventhandler.service;

import org.jspecify.annotations.Nullable;

/** An event was not published, or is not known to be. The message says which, and why. */
public final class EmitException extends Exception {

    private static final long serialVersionUID = 1L;

    public EmitException(String message) {
        super(message);
    }

    public EmitException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
