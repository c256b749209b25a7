package io.eventhandler.eventlog.read;

import io.eventhandler.event.Event;
import java.util.List;

/**
 * A page of the history.
 *
 * @param more whether the query selects further events behind these
 */
public record HistoryPage(List<Event> events, boolean more) {}
