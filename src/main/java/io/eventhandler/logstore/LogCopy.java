package io.eventhandler.logstore;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** Stores records by COPY, all or none. For one thread. */
final class LogCopy {

    private static final String COPY = """
            COPY log_records (time, observed, span_id, service_id, origin_id, severity, trace_id, severity_text, message,
                              attributes) FROM STDIN""";

    private static final String NO_PARTITION = "23514";
    private static final int PORTION = 64 << 10;

    private final LogOrigins origins = new LogOrigins();
    private final CopyText text = new CopyText();

    /** Stores them for good. The connection is in autocommit, and is so afterwards unless it is broken. */
    void store(List<PendingLogs> batch, Connection connection) throws SQLException {
        try {
            writeOrMakePartition(batch, connection);
        } catch (SQLException e) {
            origins.forget();
            try {
                execute(
                        "SELECT 1",
                        connection); // the pool sees nothing of a COPY: this tells it of a broken connection
            } catch (SQLException broken) {
                e.addSuppressed(broken);
            }
            throw e;
        }
    }

    private void writeOrMakePartition(List<PendingLogs> batch, Connection connection) throws SQLException {
        try {
            write(batch, connection);
        } catch (SQLException e) {
            if (!NO_PARTITION.equals(e.getSQLState())) {
                throw e;
            }
            execute("SELECT maintain_log_records()", connection);
            write(batch, connection);
        }
    }

    private static void execute(String sql, Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void write(List<PendingLogs> batch, Connection connection) throws SQLException {
        origins.beginBatch();
        text.clear();
        Instant now = Instant.now();
        for (PendingLogs pending : batch) {
            for (LogRecord row : pending.records()) {
                add(row, origins.of(row.origin(), connection), now);
            }
        }
        byte[] rows = text.bytes();
        CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(COPY);
        try {
            for (int from = 0; from < rows.length; from += PORTION) {
                copy.writeToCopy(rows, from, Math.min(PORTION, rows.length - from));
            }
            long stored = copy.endCopy();
            assert stored > 0 || rows.length == 0;
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }

    private void add(LogRecord row, LogOrigins.Numbers origin, Instant now) {
        Instant time = row.time() == null ? row.observed() : row.time();
        text.field(time == null ? now : time).field(row.observed());
        String spanId = row.spanId();
        if (spanId == null) {
            text.field((String) null);
        } else {
            text.field(Long.parseUnsignedLong(spanId, 16));
        }
        text.field(origin.service())
                .field(origin.origin())
                .field(row.severity())
                .field(row.traceId());
        text.field(row.severityText() == null ? "" : row.severityText());
        text.field(row.message()).field(row.attributes()).endRow();
    }
}
