package io.eventhandler.eventlog;

import static io.eventhandler.eventlog.jooq.Tables.EVENTS;
import static io.eventhandler.eventlog.jooq.Tables.EVENTS_NOTIFICATION_KEY;

import io.eventhandler.event.Event;
import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.jooq.Routines;
import io.eventhandler.eventlog.jooq.routines.FindAppend;
import io.eventhandler.eventlog.jooq.tables.records.EventsRecord;
import io.eventhandler.postgres.Database;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.SelectLimitStep;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * The SQL of the log, over one pool. Safe for concurrent use; every call may throw jOOQ's {@code DataAccessException}.
 */
public final class EventLog {

    /** The channel on which {@code append_events} notifies. */
    public static final String CHANNEL = "eventhandler";

    /** Rows that the driver holds at once: bounds a page's memory when payloads are large. */
    private static final int FETCH_SIZE = 64;

    private static final long PAGE_BYTES = 8 << 20;

    private static final String APPEND = "SELECT first_id, appended_at FROM append_events(?, ?, ?, ?, ?, ?)";

    private final Database database;

    /** A batch's place in the log: event {@code i} of it has the id {@code firstId + i}. */
    record Appended(long firstId, Instant createdAt) {}

    public EventLog(Database database) {
        this.database = database;
    }

    /** The id of the newest event, 0 when there is none. */
    public long head() {
        return Routines.eventsHead(sql().configuration());
    }

    /**
     * The id of the earliest event that is still in the log, 1 when there is none. A reader that has everything up to
     * {@code n} misses nothing if {@code n >= earliest() - 1}.
     */
    public long earliest() {
        return Routines.eventsEarliest(sql().configuration());
    }

    /** The key that signs notifications. */
    public String notificationKey() {
        return sql().fetchSingle(EVENTS_NOTIFICATION_KEY).getKey();
    }

    /** Makes the next partitions, unless another replica does. */
    public void maintain() {
        Routines.maintainEvents(sql().configuration());
    }

    /**
     * The events after {@code id}, oldest first, without a gap: at most {@code max}, fewer when they are large.
     *
     * @param expected about how many there are: small pages take one round trip
     */
    public List<Event> readAfter(long id, int max, long expected) {
        var query = sql().selectFrom(EVENTS).where(EVENTS.ID.gt(id)).orderBy(EVENTS.ID);
        if (expected <= FETCH_SIZE) {
            return query.limit(Math.min(max, FETCH_SIZE)).fetch(EventLog::toEvent);
        }
        return page(query, max, PAGE_BYTES).events();
    }

    /**
     * The first events of the query: at most {@code max}, and none after the one with which their payloads exceed the
     * bytes.
     */
    HistoryPage page(SelectLimitStep<EventsRecord> query, int max, long maxBytes) {
        var select = query.limit(max + 1).fetchSize(FETCH_SIZE); // the one more tells whether there is a next page
        return sql().transactionResult(transaction -> {
            List<Event> page = new ArrayList<>();
            long bytes = 0;
            try (Cursor<EventsRecord> rows = transaction.dsl().fetchLazy(select)) {
                for (EventsRecord row : rows) {
                    if (page.size() == max || bytes > maxBytes) {
                        return new HistoryPage(page, true);
                    }
                    page.add(toEvent(row));
                    bytes += page.getLast().payload().length;
                }
            }
            return new HistoryPage(page, false);
        });
    }

    /**
     * Appends the batch: one statement, one transaction, rows and NOTIFY. Plain JDBC, so that the statement is prepared
     * once per connection and the arrays travel in binary form, without a quote to escape.
     */
    static Appended append(Connection connection, UUID token, List<NewEvent> batch) throws SQLException {
        int size = batch.size();
        var names = new String[size];
        var payloads = new String[size];
        var sources = new String[size];
        var metadatas = new @Nullable String[size];
        for (int i = 0; i < size; i++) {
            NewEvent event = batch.get(i);
            names[i] = event.name();
            payloads[i] = new String(event.payload(), StandardCharsets.UTF_8);
            sources[i] = event.source();
            metadatas[i] = event.metadata();
        }
        try (PreparedStatement call = connection.prepareStatement(APPEND)) {
            call.setObject(1, token);
            call.setArray(2, connection.createArrayOf("text", names));
            call.setArray(3, connection.createArrayOf("text", payloads));
            call.setArray(4, connection.createArrayOf("text", sources));
            call.setArray(5, connection.createArrayOf("text", metadatas));
            call.setString(6, InlineEvents.encode(batch, payloads));
            try (ResultSet result = call.executeQuery()) {
                result.next();
                return new Appended(
                        result.getLong(1),
                        result.getObject(2, OffsetDateTime.class).toInstant());
            }
        }
    }

    /**
     * The index of the first of these events that PostgreSQL can't keep, -1 when it takes them one by one: the search
     * halves, so it needs few queries.
     */
    int firstRefused(List<NewEvent> events) {
        int good = 0; // so many from the start are known to be fine
        int bad = events.size(); // among so many from the start one is at fault
        if (isKept(events)) {
            return -1;
        }
        while (bad - good > 1) {
            int middle = (good + bad) / 2;
            if (isKept(events.subList(good, middle))) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        return good;
    }

    private boolean isKept(List<NewEvent> events) {
        String[] payloads = events.stream()
                .map(event -> new String(event.payload(), StandardCharsets.UTF_8))
                .toArray(String[]::new);
        try {
            sql().fetch("SELECT count(payload::jsonb) FROM unnest(?) AS events (payload)", DSL.val(payloads));
            return true;
        } catch (DataAccessException e) {
            if (isRefusal(e)) {
                return false;
            }
            throw e;
        }
    }

    /** The data is at fault: it will fail the same way whenever it is tried. */
    static boolean isRefusal(DataAccessException e) {
        String state = e.sqlState();
        return state.startsWith("22") || state.startsWith("54");
    }

    /** Where the batch with this token was stored, null when it was not and never will be. */
    @Nullable
    Appended findAppend(UUID token, long afterId, String applicationName) {
        var call = new FindAppend();
        call.setToken(token);
        call.setAfterId(afterId);
        call.setApplicationName(applicationName);
        call.execute(sql().configuration());
        @Nullable Long firstId = call.getFirstId();
        @Nullable OffsetDateTime appendedAt = call.getAppendedAt();
        return firstId == null || appendedAt == null ? null : new Appended(firstId, appendedAt.toInstant());
    }

    DSLContext sql() {
        return database.sql();
    }

    static Event toEvent(EventsRecord row) {
        return new Event(
                row.getId(),
                row.getEventName(),
                row.getPayload().data().getBytes(StandardCharsets.UTF_8),
                row.getCreatedAt().toInstant(),
                row.getSource(),
                row.getStatus(),
                row.getMetadata() == null ? null : row.getMetadata().data());
    }
}
