package io.eventhandler.client;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** The history can't be read, or not to its end: what was read until then is right, and more may follow it. */
public final class HistoryException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * @param status that the service answered, 0 for no answer
     * @param reason in words
     */
    public HistoryException(int status, String reason, @Nullable Throwable cause) {
        super(reason, cause);
        this.status = status;
    }

    /** The HTTP status that the service answered last; 0 when it did not. */
    public int status() {
        return status;
    }
}
