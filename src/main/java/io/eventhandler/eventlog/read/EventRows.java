package io.eventhandler.eventlog.read;

import static io.eventhandler.postgres.jooq.Tables.EVENTS;

import io.eventhandler.event.Event;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jooq.Cursor;
import org.jooq.Select;
import org.jooq.SelectFieldOrAsterisk;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.SQLDataType;

/**
 * Reads events from rows of the log: straight from the driver, because an event's payload is passed on as the bytes that
 * PostgreSQL sent. In a transaction the driver holds a portion of the rows at a time, which follows their size.
 *
 * @param first rows of the first portion, 0 for all rows at once
 * @param max rows of a portion
 */
record EventRows(int first, int max) {

    /** Portions that begin small and grow while events are. */
    static final EventRows GROWING = new EventRows(32, 1_024);

    /** One row at a time, whatever its size. */
    static final EventRows SINGLE = new EventRows(1, 1);

    /** All at once: without a transaction there are no portions. */
    static final EventRows WHOLE = new EventRows(0, 0);

    /** What a statement selects to be read here, in this order. */
    static final List<SelectFieldOrAsterisk> COLUMNS = List.of(
            EVENTS.ID,
            EVENTS.EVENT_NAME,
            EVENTS.PAYLOAD.cast(SQLDataType.CLOB),
            EVENTS.CREATED_AT,
            EVENTS.SOURCE,
            EVENTS.STATUS,
            EVENTS.METADATA.cast(SQLDataType.CLOB));

    /** A portion grows to this many times the rows that have come. */
    private static final int GROWTH = 4;

    private static final long PORTION_BYTES = 1 << 20;

    /** The statement's events up to the limit, and none after the one with which they exceed the bytes. */
    EventPage fetch(Select<?> select, long limit, long maxBytes) {
        List<Event> events = new ArrayList<>();
        long bytes = 0;
        int largest = 1;
        try (Cursor<?> cursor = select.fetchSize(first).fetchLazy()) {
            ResultSet rows = Objects.requireNonNull(cursor.resultSet());
            while (rows.next()) {
                if (events.size() == limit || bytes > maxBytes) {
                    return new EventPage(events, true);
                }
                Event event = event(rows);
                events.add(event);
                bytes += event.bytes();
                largest = Math.max(largest, event.bytes());
                if (max > 0) {
                    long grown = Math.min((long) GROWTH * events.size(), PORTION_BYTES / largest);
                    rows.setFetchSize(Math.clamp(grown, 1, max));
                }
            }
        } catch (SQLException e) {
            throw new DataAccessException("the events can't be read", e);
        }
        return new EventPage(events, false);
    }

    private static Event event(ResultSet row) throws SQLException {
        Instant createdAt = row.getObject(4, OffsetDateTime.class).toInstant();
        return new Event(
                row.getLong(1),
                row.getString(2),
                row.getBytes(3), // of a text the bytes as they came, in UTF-8
                createdAt,
                row.getString(5),
                row.getString(6),
                row.getString(7));
    }
}
