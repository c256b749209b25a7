package io.eventhandler.eventlog.read;

import static io.eventhandler.eventlog.jooq.Tables.EVENTS;

import io.eventhandler.event.Event;
import io.eventhandler.eventlog.UnindexedPartitions;
import io.eventhandler.eventlog.jooq.Routines;
import io.eventhandler.postgres.Database;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log by query, over a pool of its own with a statement timeout, so that no query takes anything from publishers
 * or subscribers. Each page is a short transaction. Safe for concurrent use; every call may throw
 * {@link HistoryException}.
 */
public final class History {

    /** Rows that the driver holds at once: bounds a page's memory when payloads are large. */
    static final int FETCH_SIZE = 64;

    /** A page ends after so many bytes of payload. */
    static final long PAGE_BYTES = 8 << 20;

    /** So many of the ids that come first are walked over before the payload's index is asked: common payloads are among them. */
    private static final int WALKED = 20_000;

    private final Database database;
    private final int walked;

    public History(Database database) {
        this(database, WALKED);
    }

    /**
     * @param walked ids that are walked over before the payload's index is asked
     */
    History(Database database, int walked) {
        this.database = database;
        this.walked = walked;
    }

    /** The event with this id, null when there is none. */
    public @Nullable Event find(long id) {
        List<Event> found = read(sql -> EventRows.fetch(
                        sql.select(EventRows.COLUMNS).from(EVENTS).where(EVENTS.ID.eq(id)), 1, PAGE_BYTES, FETCH_SIZE)
                .events());
        return found.isEmpty() ? null : found.getFirst();
    }

    /** The first events that the query selects, in its order: at most its limit, fewer when they are large. */
    public HistoryPage page(HistoryQuery query) {
        return read(sql -> {
            IdRange range = range(sql, query);
            @Nullable List<String> names = NameSelection.names(sql, query.patterns());
            if (query.payload() == null || UnindexedPartitions.in(sql).isNotEmpty()) {
                return page(sql, query, range, names, query.limit(), PAGE_BYTES, FETCH_SIZE);
            }
            IdRange inLog = range.and(inLog(sql));
            IdRange start = inLog.start(walked, query.ascending());
            HistoryPage near = page(sql, query, start, names, query.limit(), PAGE_BYTES, FETCH_SIZE);
            if (near.more() || start.equals(inLog)) {
                return near;
            }
            long left = query.limit() - near.events().size();
            IdRange rest = inLog.after(start, query.ascending());
            set(sql, HistorySql.COLLECTED);
            HistoryPage far = page(sql, query, rest, null, left, PAGE_BYTES, FETCH_SIZE);
            List<Event> events = new ArrayList<>(near.events());
            events.addAll(far.events());
            return new HistoryPage(events, far.more());
        });
    }

    /** Opens the events that the query selects, in its order, for reading at the caller's pace. */
    public HistoryExport export(HistoryQuery query) {
        return read(sql -> {
            IdRange range = range(sql, query).and(inLog(sql));
            return new HistoryExport(this, query, range, NameSelection.names(sql, query.patterns()));
        });
    }

    static IdRange inLog(DSLContext sql) {
        return new IdRange(earliest(sql), Routines.eventsHead(sql.configuration()));
    }

    static long earliest(DSLContext sql) {
        return Routines.eventsEarliest(sql.configuration());
    }

    static HistoryPage page(
            DSLContext sql,
            HistoryQuery query,
            IdRange range,
            @Nullable List<String> names,
            long limit,
            long maxBytes,
            int fetchSize) {
        if (range.isEmpty() || (names != null && names.isEmpty())) {
            return new HistoryPage(List.of(), false);
        }
        // The one row more tells whether there is a next page.
        return EventRows.fetch(HistorySql.page(sql, query, range, names, limit + 1), limit, maxBytes, fetchSize);
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

    /** Reads in a transaction of its own, on a connection that is given back before this returns. */
    <T extends @Nullable Object> T read(Function<DSLContext, T> reading) {
        try {
            return database.sql().transactionResult(transaction -> {
                set(transaction.dsl(), HistorySql.IN_ORDER);
                return reading.apply(transaction.dsl());
            });
        } catch (DataAccessException e) {
            throw new HistoryException(e);
        }
    }

    static void set(DSLContext sql, String settings) {
        sql.connection(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(settings);
            }
        });
    }
}
