package io.eventhandler.eventlog;

import static io.eventhandler.eventlog.jooq.Tables.EVENTS;
import static io.eventhandler.eventlog.jooq.Tables.EVENTS_NOTIFICATION_KEY;
import static io.eventhandler.eventlog.jooq.Tables.FIND_IDEMPOTENCY_KEYS;

import io.eventhandler.event.Event;
import io.eventhandler.event.IdempotencyKey;
import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.jooq.Routines;
import io.eventhandler.eventlog.jooq.routines.FindAppend;
import io.eventhandler.postgres.Database;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Select;
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

    /** Whether the database takes events: a standby doesn't. */
    public boolean isWritable() {
        return "off".equals(sql().fetchSingle("SHOW transaction_read_only").get(0, String.class));
    }

    /** What the log is like now. */
    LogState state() {
        return LogState.read(sql());
    }

    /** The key that signs notifications. */
    public String notificationKey() {
        return sql().fetchSingle(EVENTS_NOTIFICATION_KEY).getKey();
    }

    /** Makes the next partitions and drops one of expired idempotency keys, unless another replica does. */
    public void maintain() {
        Routines.maintainEvents(sql().configuration());
        Routines.dropExpiredIdempotencyKeys(sql().configuration());
    }

    /**
     * The events after {@code id}, oldest first, without a gap: at most {@code max}, fewer when they are large.
     *
     * @param expected about how many there are: small pages take one round trip
     */
    public List<Event> readAfter(long id, int max, long expected) {
        if (expected <= FETCH_SIZE) {
            return EventRows.fetch(after(sql(), id, FETCH_SIZE), max, PAGE_BYTES, 0)
                    .events();
        }
        return sql().transactionResult(
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

    /** What is stored under these keys; nothing for those that are new. */
    Map<IdempotencyKey, StoredKey> findKeys(List<IdempotencyKey> keys) {
        String[] sources = keys.stream().map(IdempotencyKey::source).toArray(String[]::new);
        String[] names = keys.stream().map(IdempotencyKey::name).toArray(String[]::new);
        return sql().selectFrom(FIND_IDEMPOTENCY_KEYS(sources, names))
                .fetchMap(
                        row -> new IdempotencyKey(row.getSource(), row.getKey()),
                        row -> new StoredKey(row.getFingerprint(), row.getFirstId()));
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
            if (DatabaseFailure.isRefusal(e)) {
                return false;
            }
            throw e;
        }
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
}
