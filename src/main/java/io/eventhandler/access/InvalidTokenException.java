package io.eventhandler.access;

/** A token is none, for a reason that says so without repeating it. */
final class InvalidTokenException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean isForNow;

    private InvalidTokenException(String reason, boolean isForNow) {
        super(reason, null, false, false);
        this.isForNow = isForNow;
    }

    InvalidTokenException(String reason) {
        this(reason, false);
    }

    /** It may be one the next moment. */
    static InvalidTokenException forNow(String reason) {
        return new InvalidTokenException(reason, true);
    }

    /** Whether it may be one the next moment. */
    boolean isForNow() {
        return isForNow;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
