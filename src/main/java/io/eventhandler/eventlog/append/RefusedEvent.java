package io.eventhandler.eventlog.append;

import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.DatabaseFailure;
import io.eventhandler.eventlog.EventLog;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/** Finds the event of a publisher's batch that PostgreSQL can't keep. */
final class RefusedEvent {

    private RefusedEvent() {}

    /**
     * The index of the first of these events that PostgreSQL can't keep, -1 when it takes them one by one: the search
     * halves, so it needs few queries.
     */
    static int indexAmong(List<NewEvent> events, EventLog log) {
        int good = 0; // so many from the start are known to be fine
        int bad = events.size(); // among so many from the start one is at fault
        if (isKept(events, log)) {
            return -1;
        }
        while (bad - good > 1) {
            int middle = (good + bad) / 2;
            if (isKept(events.subList(good, middle), log)) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        return good;
    }

    private static boolean isKept(List<NewEvent> events, EventLog log) {
        String[] payloads = events.stream()
                .map(event -> new String(event.payload(), StandardCharsets.UTF_8))
                .toArray(String[]::new);
        try {
            log.sql().fetch("SELECT count(payload::jsonb) FROM unnest(?) AS events (payload)", DSL.val(payloads));
            return true;
        } catch (DataAccessException e) {
            if (DatabaseFailure.isRefusal(e)) {
                return false;
            }
            throw e;
        }
    }
}
