package io.eventhandler.subscribe;

import io.eventhandler.access.Access;
import io.eventhandler.access.Action;
import io.eventhandler.access.Principal;
import io.eventhandler.event.NamePattern;
import io.eventhandler.json.Excerpt;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Query;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * What {@code GET /events/stream} asks for.
 *
 * @param patterns empty for all that there is
 * @param after the id after which to replay, null for from now on
 * @param epoch of the log that this is a position in, null when it is not given
 */
record EventStreamRequest(
        List<NamePattern> patterns,
        @Nullable Long after,
        @Nullable String epoch) {

    private static final String LAST_EVENT_ID = "Last-Event-ID";

    /** What scripts that stand in for a browser's {@code EventSource} add instead of the header. */
    private static final String LAST_EVENT_ID_PARAMETER = "lastEventId";

    private static final Set<String> KNOWN = Set.of("event_name", "after", "epoch", LAST_EVENT_ID_PARAMETER, "ticket");

    /**
     * Reads the query and the header {@code Last-Event-ID}, which counts more than {@code after}: a browser that
     * reconnects repeats the address and adds the header, and what stands in for it adds a parameter.
     *
     * @throws ApiException 400 when it can't be decoded, 422 naming the parameter, its value and what is accepted
     */
    static EventStreamRequest read(Request request, int maxNames) {
        Query query = Query.of(request.getHttpURI().getQuery());
        query.check(KNOWN, Set.of("event_name"));
        @Nullable String afterText = query.first("after");
        Long after = afterText == null ? null : id("after", afterText);
        Long ofHeader = lastId(LAST_EVENT_ID, request.getHeaders().get(LAST_EVENT_ID));
        Long ofParameter = lastId(LAST_EVENT_ID_PARAMETER, query.first(LAST_EVENT_ID_PARAMETER));
        Long last = ofHeader == null ? ofParameter : ofHeader;
        return new EventStreamRequest(
                patterns(query.all("event_name"), maxNames), last == null ? after : last, query.first("epoch"));
    }

    /**
     * The same, narrowed to what this client may see when it names nothing.
     *
     * @throws ApiException 403 when it names more than that
     */
    EventStreamRequest allowedTo(Principal principal) {
        List<NamePattern> allowed = Access.select(principal, Action.SUBSCRIBE, patterns);
        return new EventStreamRequest(
                allowed.isEmpty() ? List.of(NamePattern.of(NamePattern.REST)) : allowed, after, epoch);
    }

    private static List<NamePattern> patterns(List<String> names, int maxNames) {
        if (names.size() > maxNames) {
            throw ApiException.invalid(
                    "at most %d event_name are accepted, there are %d".formatted(maxNames, names.size()));
        }
        Set<NamePattern> patterns = new LinkedHashSet<>();
        for (String name : names) {
            String fault = NamePattern.fault(name);
            if (fault != null) {
                throw ApiException.invalid(fault);
            }
            patterns.add(NamePattern.of(name));
        }
        return List.copyOf(patterns);
    }

    /** Null when it is not given, or empty, as of a client that has seen no event yet. */
    private static @Nullable Long lastId(String name, @Nullable String value) {
        return value == null || value.isEmpty() ? null : id(name, value);
    }

    private static Long id(String name, String value) {
        try {
            long id = Long.parseLong(value);
            if (id >= 0) {
                return id;
            }
        } catch (NumberFormatException e) {
            // Falls through: the message is the same.
        }
        throw ApiException.invalid(
                "%s must be the id of an event, a whole number from 0 on, not '%s'".formatted(name, Excerpt.of(value)));
    }
}
