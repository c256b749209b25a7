package io.eventhandler.eventlog.read;

import static io.eventhandler.postgres.jooq.Tables.EVENTS;

import io.eventhandler.event.Event;
import io.eventhandler.eventlog.EventLog;
import java.util.List;
import org.jooq.DSLContext;
import org.jooq.Select;

/** Reads what a replica's tail has not seen yet. For one thread; may throw jOOQ's {@code DataAccessException}. */
public final class TailReader {

    /** So many are read with one statement, without a transaction around it. */
    private static final int FEW = 64;

    private static final long PAGE_BYTES = 4 << 20;

    private final EventLog log;
    private long largest = 1; // about the largest event of late; all that is known of the next ones

    public TailReader(EventLog log) {
        this.log = log;
    }

    /**
     * The event with this id, if the log has it, and those after it, oldest first, without a gap: at most {@code max},
     * fewer when they are large.
     *
     * @param expected about how many there are
     */
    public List<Event> readFrom(long id, int max, long expected) {
        boolean few = expected <= FEW && expected * largest <= PAGE_BYTES;
        List<Event> events;
        if (few) {
            largest = PAGE_BYTES; // unless this succeeds
            events = EventRows.WHOLE
                    .fetch(from(log.sql(), id, FEW), max, PAGE_BYTES)
                    .events();
        } else {
            events = ReadTransaction.run(
                    log.sql(),
                    "",
                    read -> read.fetch(from(read.sql(), id, max), max, PAGE_BYTES)
                            .events());
        }
        long largestNow = events.stream().mapToInt(Event::bytes).max().orElse(1);
        largest = few ? largestNow : Math.max(largestNow, largest / 2);
        return events;
    }

    private static Select<?> from(DSLContext sql, long id, int max) {
        return sql.select(EventRows.COLUMNS)
                .from(EVENTS)
                .where(EVENTS.ID.ge(id))
                .orderBy(EVENTS.ID)
                .limit(max);
    }
}
