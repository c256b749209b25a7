package io.eventhandler.web;

import io.eventhandler.json.Excerpt;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;

/** A request that is answered with an error in the envelope; nothing was stored unless the message says otherwise. */
public final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The longest message, whatever it repeats of what a client sent. */
    private static final int MAX_LENGTH = 500;

    private final int status;
    private final transient Map<String, String> headers = new LinkedHashMap<>();

    /**
     * @param message says what is wrong, where, and what is accepted
     */
    public ApiException(int status, String message) {
        super(Excerpt.of(message, MAX_LENGTH), null, false, false);
        this.status = status;
    }

    /**
     * @param retryAfter when the same request may succeed
     */
    public ApiException(int status, String message, Duration retryAfter) {
        this(status, message);
        with(HttpHeader.RETRY_AFTER, String.valueOf(retryAfter.toSeconds()));
    }

    /** Its answer also has this header. */
    public ApiException with(HttpHeader header, String value) {
        headers.put(header.asString(), value);
        return this;
    }

    /** Well-formed, but invalid. */
    public static ApiException invalid(String message) {
        return new ApiException(422, message);
    }

    /** The service can't do it now. */
    public static ApiException unavailable(String message) {
        return new ApiException(503, message, Duration.ofSeconds(1));
    }

    /** A fault of the service itself, which its log tells about. */
    static ApiException internal() {
        return new ApiException(500, "internal error, see the service's log");
    }

    public int status() {
        return status;
    }

    /** The headers of its answer, besides those of every error. */
    Map<String, String> headers() {
        return headers;
    }

    /** The content of its answer. */
    byte[] content() {
        return Envelope.error(getMessage());
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
