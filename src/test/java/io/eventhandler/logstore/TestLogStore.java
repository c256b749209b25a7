package io.eventhandler.logstore;

import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.Schema;
import io.eventhandler.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A store of its own, empty and without partitions. */
final class TestLogStore implements AutoCloseable {

    static final LogOrigin SHOP = new LogOrigin("shop", "{\"host.name\": \"a\"}", "orders");
    static final LogOrigin BILLING = new LogOrigin("billing.eu", null, null);
    static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");

    private final TestDatabase database = TestDatabase.create();
    private final List<Database> pools = new ArrayList<>();

    TestLogStore() {
        try {
            new Schema(pool(3)).migrate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    TestDatabase database() {
        return database;
    }

    Database pool(int size) {
        return pool(size, Duration.ofSeconds(10));
    }

    Database pool(int size, Duration timeout) {
        var pool = new Database(database.url(), "logs", size, Duration.ofSeconds(5), timeout);
        pools.add(pool);
        return pool;
    }

    /** Stores records and waits for it. */
    void store(List<LogRecord> records) {
        var writer = new LogWriter(pool(1), 64 << 20);
        writer.start();
        try {
            writer.append(records).join();
        } catch (LogQueueFullException e) {
            throw new IllegalStateException(e);
        } finally {
            writer.stop();
        }
    }

    static LogRecord record(LogOrigin origin, Instant time, int severity, String message) {
        return new LogRecord(origin, time, null, severity, null, message, null, null, null);
    }

    @Override
    public void close() {
        pools.forEach(Database::stop);
    }
}
