package io.eventhandler.eventlog.read;

import io.eventhandler.event.Event;
import java.util.List;

/**
 * A page of a replay.
 *
 * @param events in ascending order of id; all that were asked for up to {@code end}, and perhaps others
 * @param end the id up to which the page reaches
 */
public record ReplayPage(List<Event> events, long end) {}
