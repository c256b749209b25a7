package io.eventhandler.access;

import io.eventhandler.event.NamePattern;
import java.util.List;
import java.util.Set;

/**
 * Allows these actions on the events of these names, or the logs of the services of these names. Immutable.
 *
 * @param eventNames empty when no action concerns events; then it allows the logs of all services
 */
public record Grant(Set<Action> actions, List<NamePattern> eventNames) {

    private static final List<NamePattern> ALL = List.of(NamePattern.of(NamePattern.REST));

    public Grant {
        actions = Set.copyOf(actions);
        eventNames = List.copyOf(eventNames);
    }

    /** What it allows this action on. */
    List<NamePattern> names(Action action) {
        return eventNames.isEmpty() && !action.concernsEvents() ? ALL : eventNames;
    }
}
