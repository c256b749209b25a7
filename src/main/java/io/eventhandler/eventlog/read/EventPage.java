package io.eventhandler.eventlog.read;

import io.eventhandler.event.Event;
import java.util.List;

/**
 * Events that were read together, bounded in number and in bytes.
 *
 * @param more whether there are further ones behind these
 */
public record EventPage(List<Event> events, boolean more) {}
