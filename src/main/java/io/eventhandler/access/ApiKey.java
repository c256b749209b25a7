package io.eventhandler.access;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An API key, as it is listed: without its secret.
 *
 * @param name of whoever uses it; several may have the same, so that one can replace another
 * @param source that its events have, null for any
 * @param expiresAt null for never
 * @param lastUsedAt to the minute, null for never
 */
public record ApiKey(
        String id,
        String name,
        List<Grant> grants,
        @Nullable String source,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant lastUsedAt) {

    public ApiKey {
        grants = List.copyOf(grants);
    }

    Principal principal() {
        return new Principal(name, id, grants, source, expiresAt);
    }
}
