package io.eventhandler.access;

import io.eventhandler.event.NamePattern;
import java.util.List;
import java.util.Set;

/**
 * Allows these actions on the events of these names. Immutable.
 *
 * @param eventNames empty when no action concerns events
 */
public record Grant(Set<Action> actions, List<NamePattern> eventNames) {

    public Grant {
        actions = Set.copyOf(actions);
        eventNames = List.copyOf(eventNames);
    }
}
