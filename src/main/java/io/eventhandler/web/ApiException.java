package io.eventhandler.web;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request that is answered with an error in the envelope; nothing was stored unless the message says otherwise. */
public final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient @Nullable Duration retryAfter;

    /**
     * @param message says what is wrong, where, and what is accepted
     */
    public ApiException(int status, String message) {
        this(status, message, null);
    }

    /**
     * @param retryAfter when the same request may succeed, null for never
     */
    public ApiException(int status, String message, @Nullable Duration retryAfter) {
        super(message, null, false, false);
        this.status = status;
        this.retryAfter = retryAfter;
    }

    /** Well-formed, but invalid. */
    public static ApiException invalid(String message) {
        return new ApiException(422, message);
    }

    /** The service can't do it now. */
    public static ApiException unavailable(String message) {
        return new ApiException(503, message, Duration.ofSeconds(1));
    }

    public int status() {
        return status;
    }

    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
