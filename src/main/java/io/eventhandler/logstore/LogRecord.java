package io.eventhandler.logstore;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a service logged at one moment, as it is to be stored. Its texts have no NUL. Immutable.
 *
 * @param origin who logged it
 * @param time when it happened, null when the sender doesn't say
 * @param observed when it was noticed, null when the sender doesn't say
 * @param severity from 1 to 24 as OpenTelemetry counts, 0 when the sender doesn't say
 * @param severityText the sender's own name of it, null for none
 * @param message text, or JSON when it is structured
 * @param attributes a JSON object, null for none
 * @param traceId 32 lower-case hexadecimal digits, null for none
 * @param spanId 16 of them, null for none
 */
public record LogRecord(
        LogOrigin origin,
        @Nullable Instant time,
        @Nullable Instant observed,
        int severity,
        @Nullable String severityText,
        String message,
        @Nullable String attributes,
        @Nullable String traceId,
        @Nullable String spanId) {

    /** What it takes in memory and in the database, roughly: whatever holds records is bounded by this. */
    public int bytes() {
        return 64 + message.length() + (attributes == null ? 0 : attributes.length());
    }

    /** The same, logged by another. */
    LogRecord withOrigin(LogOrigin other) {
        return new LogRecord(other, time, observed, severity, severityText, message, attributes, traceId, spanId);
    }
}
