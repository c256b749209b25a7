package io.eventhandler.logs;

/** A request that can't be read: nothing of it is taken. The message says why. */
public final class MalformedOtlpException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    MalformedOtlpException(String message) {
        super(message, null, false, false);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
