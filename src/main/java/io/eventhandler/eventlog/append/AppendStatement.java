package io.eventhandler.eventlog.append;

import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.notify.InlineEvents;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Appends a batch: one statement, one transaction, rows and NOTIFY. Plain JDBC, so that the statement is prepared once
 * per connection and the arrays travel in binary form, without a quote to escape.
 */
final class AppendStatement {

    /** The time of an append is taken when it has got the order lock. */
    private static final String RESULT =
            "SELECT first_id, appended_at, (extract(epoch FROM appended_at - statement_timestamp()) * 1e9)::bigint, previous_at";

    private static final String APPEND = RESULT + " FROM append_events(?, ?, ?, ?, ?, ?)";
    private static final String APPEND_KEYED = RESULT + " FROM append_events(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private final boolean notifiesEvents;
    private final AppendMetrics metrics;

    /**
     * @param notifiesEvents whether notifications may carry events
     */
    AppendStatement(boolean notifiesEvents, AppendMetrics metrics) {
        this.notifiesEvents = notifiesEvents;
        this.metrics = metrics;
    }

    /** Where the batch is stored; null when one of its keys is known, and nothing was stored. */
    @Nullable
    Appended execute(Connection connection, UUID token, List<PendingAppend> batch) throws SQLException {
        List<NewEvent> events = new ArrayList<>(batch.size());
        int keys = 0;
        for (PendingAppend pending : batch) {
            events.addAll(pending.events());
            keys += pending.claims().size();
        }
        try (PreparedStatement call = connection.prepareStatement(keys == 0 ? APPEND : APPEND_KEYED)) {
            call.setObject(1, token);
            setEvents(connection, call, events);
            if (keys > 0) {
                setKeys(connection, call, batch, keys);
            }
            long startNanos = System.nanoTime();
            try (ResultSet result = call.executeQuery()) {
                long nanos = System.nanoTime() - startNanos;
                result.next();
                long firstId = result.getLong(1);
                if (result.wasNull()) {
                    return null;
                }
                metrics.written(nanos, Math.clamp(result.getLong(3), 0, nanos));
                return Appended.of(
                        firstId, result.getObject(2, OffsetDateTime.class), result.getObject(4, OffsetDateTime.class));
            }
        }
    }

    private void setEvents(Connection connection, PreparedStatement call, List<NewEvent> events) throws SQLException {
        int size = events.size();
        var names = new String[size];
        var payloads = new String[size];
        var sources = new String[size];
        var metadatas = new @Nullable String[size];
        for (int i = 0; i < size; i++) {
            NewEvent event = events.get(i);
            names[i] = event.name();
            payloads[i] = new String(event.payload(), StandardCharsets.UTF_8);
            sources[i] = event.source();
            metadatas[i] = event.storedMetadata();
        }
        call.setArray(2, connection.createArrayOf("text", names));
        call.setArray(3, connection.createArrayOf("text", payloads));
        call.setArray(4, connection.createArrayOf("text", sources));
        call.setArray(5, connection.createArrayOf("text", metadatas));
        call.setString(6, notifiesEvents ? InlineEvents.encode(events, payloads, metadatas) : null);
    }

    private static void setKeys(Connection connection, PreparedStatement call, List<PendingAppend> batch, int size)
            throws SQLException {
        var numbers = new Integer[size];
        var sources = new String[size];
        var keys = new String[size];
        var fingerprints = new byte[size][];
        int i = 0;
        int before = 1; // the number of the publisher's first event in the batch
        for (PendingAppend pending : batch) {
            for (KeyedEvents claim : pending.claims()) {
                numbers[i] = before + pending.indexInRest(claim.first());
                sources[i] = claim.key().source();
                keys[i] = claim.key().name();
                fingerprints[i] = claim.fingerprint();
                i++;
            }
            before += pending.size();
        }
        call.setArray(7, connection.createArrayOf("int4", numbers));
        call.setArray(8, connection.createArrayOf("text", sources));
        call.setArray(9, connection.createArrayOf("text", keys));
        call.setArray(10, connection.createArrayOf("bytea", fingerprints));
    }
}
