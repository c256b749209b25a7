package io.eventhandler.client;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** The service does not let a subscription begin, or it has to end; the same one would end like this again. */
public final class SubscribeException extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * @param status that the service answered, 0 for none
     */
    SubscribeException(int status, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** The HTTP status that the service answered, such as 401 or 403; 0 when it is none of them. */
    public int status() {
        return status;
    }
}
