package io.eventhandler.client;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** An event was not published, or is not known to be. Says which, and whether trying again can help. */
public final class PublishException extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    /** What has become of the events. */
    public enum Outcome {
        /** Nothing was stored, and the same events will be refused again: they are invalid, or not allowed. */
        REFUSED,
        /** Nothing was stored; later it may be. */
        NOT_STORED,
        /** They may be stored. Publish them again with the same idempotency keys: they are stored once. */
        UNKNOWN
    }

    private final Outcome outcome;
    private final int status;

    /**
     * @param status that the service answered, 0 for no answer
     */
    public PublishException(Outcome outcome, int status, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.outcome = outcome;
        this.status = status;
    }

    public PublishException(Outcome outcome, String message) {
        this(outcome, 0, message, null);
    }

    /** What has become of the events. */
    public Outcome outcome() {
        return outcome;
    }

    /** The HTTP status that the service answered; 0 when it did not. */
    public int status() {
        return status;
    }
}
