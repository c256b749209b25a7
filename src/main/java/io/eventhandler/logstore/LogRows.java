package io.eventhandler.logstore;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jooq.Cursor;
import org.jooq.ResultQuery;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;

/**
 * Reads records from rows of {@link LogSql}, a portion at a time, which begins small and grows.
 *
 * @param rows in the order of the query
 * @param more whether there may be more, after the last of these
 */
record LogRows(List<Row> rows, boolean more) {

    private static final int GROWTH = 4;
    private static final int MAX_PORTION = 256;

    /**
     * A record whose origin is yet to be looked up.
     *
     * @param record with an origin that stands for it
     * @param origin its number
     */
    record Row(long id, Instant time, LogRecord record, int origin) {}

    /** The time is up: the transaction can't go on, but some rows were found. */
    static final class TimeIsUpException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient LogRows found;

        TimeIsUpException(LogRows found, DataAccessException cause) {
            super(cause);
            this.found = found;
        }

        LogRows found() {
            return found;
        }
    }

    static LogRows fetch(ResultQuery<?> select, int limit, long maxBytes) {
        List<Row> found = new ArrayList<>();
        long bytes = 0;
        try (Cursor<?> cursor = select.fetchSize(1).fetchLazy()) {
            ResultSet rows = Objects.requireNonNull(cursor.resultSet());
            while (rows.next()) {
                if (found.size() == limit || bytes > maxBytes) {
                    return new LogRows(found, true);
                }
                Row row = read(rows);
                found.add(row);
                bytes += row.record().bytes();
                rows.setFetchSize(Math.min(GROWTH * found.size(), MAX_PORTION));
            }
        } catch (SQLException e) {
            throw new DataAccessException("the records can't be read", e);
        }
        return new LogRows(found, false);
    }

    /** What they take in memory, roughly. */
    long bytes() {
        return rows.stream().mapToLong(row -> row.record().bytes()).sum();
    }

    private static Row read(ResultSet row) throws SQLException {
        Instant time = row.getObject(2, OffsetDateTime.class).toInstant();
        @Nullable OffsetDateTime observed = row.getObject(3, OffsetDateTime.class);
        long span = row.getLong(4);
        @Nullable String spanId = row.wasNull() ? null : HexFormat.of().toHexDigits(span);
        @Nullable String trace = row.getString(8);
        String severityText = row.getString(9);
        var log = new LogRecord(
                LogOrigins.UNKNOWN,
                time,
                observed == null ? null : observed.toInstant(),
                row.getInt(7),
                severityText.isEmpty() ? null : severityText,
                row.getString(10),
                row.getString(11),
                trace == null ? null : trace.replace("-", ""),
                spanId);
        return new Row(row.getLong(1), time, log, row.getInt(6));
    }
}
