package io.eventhandler.eventlog.read;

import static io.eventhandler.eventlog.jooq.Tables.EVENTS;

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
 * PostgreSQL sent.
 */
final class EventRows {

    /** What a statement selects to be read here, in this order. */
    static final List<SelectFieldOrAsterisk> COLUMNS = List.of(
            EVENTS.ID,
            EVENTS.EVENT_NAME,
            EVENTS.PAYLOAD.cast(SQLDataType.CLOB),
            EVENTS.CREATED_AT,
            EVENTS.SOURCE,
            EVENTS.STATUS,
            EVENTS.METADATA.cast(SQLDataType.CLOB));

    private EventRows() {}

    /**
     * The statement's events up to the limit, and none after the one with which their payloads exceed the bytes.
     *
     * @param fetchSize rows that the driver holds at once, which takes a transaction; 0 for all
     */
    static HistoryPage fetch(Select<?> select, long limit, long maxBytes, int fetchSize) {
        List<Event> events = new ArrayList<>();
        long bytes = 0;
        try (Cursor<?> cursor = select.fetchSize(fetchSize).fetchLazy()) {
            ResultSet rows = Objects.requireNonNull(cursor.resultSet());
            while (rows.next()) {
                if (events.size() == limit || bytes > maxBytes) {
                    return new HistoryPage(events, true);
                }
                Event event = event(rows);
                events.add(event);
                bytes += event.payload().length;
            }
        } catch (SQLException e) {
            throw new DataAccessException("the events can't be read", e);
        }
        return new HistoryPage(events, false);
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
