package io.eventhandler.logstore;

import org.jspecify.annotations.Nullable;

/**
 * Who logs: the same for many records, and stored once. Immutable.
 *
 * @param service its name, {@code unknown_service} when the sender doesn't say
 * @param resource JSON object of what else is known of it, null for nothing
 * @param logger the part of it that logs, null for unknown
 */
public record LogOrigin(
        String service, @Nullable String resource, @Nullable String logger) {}
