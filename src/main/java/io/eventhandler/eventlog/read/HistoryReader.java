package io.eventhandler.eventlog.read;

import static io.eventhandler.postgres.jooq.Tables.EVENTS;

import io.eventhandler.event.Event;
import io.eventhandler.eventlog.UnindexedPartitions;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.jooq.Routines;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log by query, over a pool of its own with a statement timeout, so that no query takes anything from publishers
 * or subscribers. Each page is a short transaction. Safe for concurrent use; every call may throw
 * {@link HistoryException}.
 */
public final class HistoryReader {

    /** A page ends after so many bytes of events. */
    private static final long PAGE_BYTES = 8 << 20;

    /** So many of the ids that come first are walked over before the payload's index is asked: common payloads are among them. */
    private static final int WALKED = 20_000;

    private final Database database;
    private final LongSupplier knownHead;
    private final int walked;

    /**
     * @param knownHead a head that this replica has seen: a database that does not have it yet, or any longer, is not asked
     */
    public HistoryReader(Database database, LongSupplier knownHead) {
        this(database, knownHead, WALKED);
    }

    /**
     * @param walked ids that are walked over before the payload's index is asked
     */
    HistoryReader(Database database, LongSupplier knownHead, int walked) {
        this.database = database;
        this.knownHead = knownHead;
        this.walked = walked;
    }

    /** The event with this id, null when there is none. */
    public @Nullable Event find(long id) {
        return readKnown(read -> {
            var select = read.sql().select(EventRows.COLUMNS).from(EVENTS).where(EVENTS.ID.eq(id));
            List<Event> found = read.fetch(select, 1, PAGE_BYTES).events();
            return found.isEmpty() ? null : found.getFirst();
        });
    }

    /** The first events that the query selects, in its order: at most its limit, fewer when they are large. */
    public EventPage page(HistoryQuery query) {
        return readKnown(read -> {
            IdRange range = range(read.sql(), query);
            @Nullable List<String> names = NameSelection.names(read.sql(), query.patterns());
            if (query.payload() == null || UnindexedPartitions.in(read.sql()).isNotEmpty()) {
                return page(read, query, range, names, query.limit(), PAGE_BYTES);
            }
            IdRange inLog = range.and(read.inLog());
            IdRange start = inLog.start(walked, query.ascending());
            EventPage near = page(read, query, start, names, query.limit(), PAGE_BYTES);
            if (near.more() || start.equals(inLog)) {
                return near;
            }
            long left = query.limit() - near.events().size();
            IdRange rest = inLog.after(start, query.ascending());
            read.set(HistorySql.COLLECTED);
            EventPage far = page(read, query, rest, null, left, PAGE_BYTES);
            List<Event> events = new ArrayList<>(near.events());
            events.addAll(far.events());
            return new EventPage(events, far.more());
        });
    }

    static EventPage page(
            ReadTransaction read,
            HistoryQuery query,
            IdRange range,
            @Nullable List<String> names,
            long limit,
            long maxBytes) {
        if (range.isEmpty() || (names != null && names.isEmpty())) {
            return new EventPage(List.of(), false);
        }
        // The one row more tells whether there is a next page.
        return read.fetch(HistorySql.page(read.sql(), query, range, names, limit + 1), limit, maxBytes);
    }

    /** The ids that the query's bounds leave. */
    static IdRange range(DSLContext sql, HistoryQuery query) {
        IdRange range = IdRange.ALL;
        if (query.after() != null) {
            range = range.and(new IdRange(Math.min(query.after(), Long.MAX_VALUE - 1) + 1, Long.MAX_VALUE));
        }
        if (query.before() != null) {
            range = range.and(new IdRange(1, query.before() - 1));
        }
        if (query.since() != null) {
            range = range.and(new IdRange(firstSince(sql, query.since()), Long.MAX_VALUE));
        }
        if (query.until() != null) {
            range = range.and(new IdRange(1, firstSince(sql, query.until()) - 1));
        }
        return range;
    }

    private static long firstSince(DSLContext sql, Instant moment) {
        return Routines.eventsFirstSince(sql.configuration(), moment.atOffset(ZoneOffset.UTC));
    }

    /**
     * Reads in a short transaction of its own.
     *
     * @throws HistoryException when the database can't be read, or has less than this replica has seen of the log
     */
    <T extends @Nullable Object> T readKnown(Function<ReadTransaction, T> reading) {
        long known = knownHead.getAsLong();
        return read(read -> {
            T result = reading.apply(read);
            read.requireHead(known);
            return result;
        });
    }

    /**
     * Reads in a short transaction of its own.
     *
     * @throws HistoryException when the database can't be read
     */
    <T extends @Nullable Object> T read(Function<ReadTransaction, T> reading) {
        try {
            return ReadTransaction.run(database.sql(), HistorySql.IN_ORDER, reading);
        } catch (DataAccessException e) {
            throw new HistoryException(e);
        }
    }
}
