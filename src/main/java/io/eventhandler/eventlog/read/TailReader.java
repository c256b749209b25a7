package io.eventhandler.eventlog.read;

import static io.eventhandler.eventlog.jooq.Tables.EVENTS;

import io.eventhandler.event.Event;
import io.eventhandler.eventlog.EventLog;
import java.util.List;
import org.jooq.DSLContext;
import org.jooq.Select;

/** Reads what a replica's tail has not seen yet. Safe for concurrent use; may throw jOOQ's {@code DataAccessException}. */
public final class TailReader {

    /** Rows that the driver holds at once: bounds a page's memory when payloads are large. */
    private static final int FETCH_SIZE = 64;

    private static final long PAGE_BYTES = 8 << 20;

    private final EventLog log;

    public TailReader(EventLog log) {
        this.log = log;
    }

    /**
     * The events after {@code id}, oldest first, without a gap: at most {@code max}, fewer when they are large.
     *
     * @param expected about how many there are: small pages take one round trip
     */
    public List<Event> readAfter(long id, int max, long expected) {
        DSLContext sql = log.sql();
        if (expected <= FETCH_SIZE) {
            return EventRows.fetch(after(sql, id, FETCH_SIZE), max, PAGE_BYTES, 0)
                    .events();
        }
        return sql.transactionResult(
                transaction -> EventRows.fetch(after(transaction.dsl(), id, max), max, PAGE_BYTES, FETCH_SIZE)
                        .events());
    }

    private static Select<?> after(DSLContext sql, long id, int max) {
        return sql.select(EventRows.COLUMNS)
                .from(EVENTS)
                .where(EVENTS.ID.gt(id))
                .orderBy(EVENTS.ID)
                .limit(max);
    }
}
