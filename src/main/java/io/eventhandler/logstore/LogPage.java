package io.eventhandler.logstore;

import java.util.List;

/**
 * Records in the order that was asked for.
 *
 * @param more whether there may be more, after the last of these
 */
public record LogPage(List<StoredLog> records, boolean more) {}
