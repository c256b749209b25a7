package io.eventhandler.publish;

import io.eventhandler.access.Action;
import io.eventhandler.access.Principal;
import io.eventhandler.event.EventName;
import io.eventhandler.event.NewEvent;
import io.eventhandler.json.Excerpt;
import io.eventhandler.web.Credential;
import java.util.ArrayList;
import java.util.List;

/** Decides whether a principal may publish events, and whose they are. */
final class Permission {

    private Permission() {}

    /**
     * The request itself, with the principal's source in the events that name none.
     *
     * @throws io.eventhandler.web.ApiException 403 naming the first event that may not be published
     */
    static PublishRequest apply(Principal principal, PublishRequest request) {
        List<NewEvent> events = new ArrayList<>(request.events().size());
        for (NewEvent event : request.events()) {
            events.add(apply(principal, event));
        }
        return request.withEvents(events);
    }

    private static NewEvent apply(Principal principal, NewEvent event) {
        if (EventName.isReserved(event.name())) {
            throw Credential.forbidden("event_name '%s' is one of the service's own, which begin with %s"
                    .formatted(Excerpt.of(event.name()), EventName.RESERVED));
        }
        if (!principal.allows(Action.PUBLISH, event.name())) {
            throw Credential.forbidden(principal.refusal(Action.PUBLISH, event.name()));
        }
        String pinned = principal.source();
        if (pinned == null || pinned.equals(event.source())) {
            return event;
        }
        if (event.source().equals(NewEvent.DEFAULT_SOURCE)) {
            return event.withSource(pinned);
        }
        throw Credential.forbidden("this credential publishes with the source '%s', not '%s'"
                .formatted(pinned, Excerpt.of(event.source())));
    }
}
