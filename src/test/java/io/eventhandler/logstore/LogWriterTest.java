package io.eventhandler.logstore;

import static io.eventhandler.logstore.TestLogStore.BILLING;
import static io.eventhandler.logstore.TestLogStore.NOON;
import static io.eventhandler.logstore.TestLogStore.SHOP;
import static io.eventhandler.logstore.TestLogStore.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.testing.DatabaseRoles;
import io.eventhandler.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LogWriterTest {

    private final TestLogStore store = new TestLogStore();
    private final TestDatabase database = store.database();

    @AfterEach
    void close() {
        store.close();
    }

    private LogWriter writer(long queueBytes) {
        return new LogWriter(store.pool(1), queueBytes);
    }

    private static List<LogRecord> records(int count) {
        return IntStream.range(0, count)
                .mapToObj(n -> record(n % 2 == 0 ? SHOP : BILLING, NOON.plusMillis(n), 9, "message " + n))
                .toList();
    }

    @Test
    void storesAllThatARecordSays() {
        var full = new LogRecord(
                SHOP,
                Instant.parse("2026-11-28T12:00:00.123456Z"),
                NOON,
                17,
                "SEVERE",
                "tab\t line\n return\r back\\slash \\N \"quotes\" ä€😀",
                "{\"a\": \"x\\ny\", \"b\": [1, {\"c\": null}]}",
                "0af7651916cd43dd8448eb211c80319c",
                "b7ad6b7169203331");
        var bare = new LogRecord(BILLING, null, null, 0, null, "", null, null, null);
        Instant before = Instant.now().minusSeconds(1);
        store.store(List.of(full, bare));
        List<StoredLog> found = new LogReader(store.pool(1), Duration.ofSeconds(10))
                .page(LogQuery.newest(10))
                .records();
        assertThat(found).hasSize(2);
        StoredLog arrived = found.stream()
                .filter(log -> log.record().message().isEmpty())
                .findFirst()
                .orElseThrow();
        assertThat(arrived.time()).isBetween(before, Instant.now().plusSeconds(1));
        assertThat(arrived.record().withOrigin(BILLING))
                .isEqualTo(new LogRecord(BILLING, arrived.time(), null, 0, null, "", null, null, null));
        assertThat(found.stream().map(StoredLog::record)).contains(full);
    }

    @Test
    void keepsTimesThatAreFarAwayInTodaysPartition() {
        store.store(List.of(
                record(SHOP, Instant.parse("1970-01-01T00:00:00Z"), 9, "past"),
                record(SHOP, Instant.MAX, 9, "future"),
                record(SHOP, Instant.MIN, 9, "before")));
        assertThat(database.query("SELECT DISTINCT tableoid::regclass FROM log_records"))
                .containsExactly(
                        database.query("SELECT to_char(now() AT TIME ZONE 'UTC', '\"log_records_\"YYYY_MM_DD')")
                                .getFirst());
        assertThat(database.query("SELECT message FROM log_records ORDER BY time"))
                .containsExactly("before", "past", "future");
    }

    @Test
    void storesManyTogetherAndResourcesOnce() throws Exception {
        LogWriter writer = writer(64 << 20);
        List<CompletableFuture<Void>> outcomes = new ArrayList<>();
        for (int n = 0; n < 40; n++) {
            outcomes.add(writer.append(records(250)));
        }
        assertThat(writer.queuedRecords()).isEqualTo(10_000);
        writer.start();
        CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new)).join();
        writer.stop();
        assertThat(database.queryLong("SELECT count(*) FROM log_records")).isEqualTo(10_000);
        assertThat(database.queryLong("SELECT count(DISTINCT id) FROM log_records"))
                .isEqualTo(10_000);
        assertThat(database.queryLong("SELECT count(*) FROM log_origins")).isEqualTo(2);
        assertThat(writer.stored()).isEqualTo(10_000);
        assertThat(writer.queuedBytes()).isZero();
        assertThat(writer.queuedRecords()).isZero();
    }

    @Test
    void takesNoMoreThanTheQueueHolds() throws Exception {
        LogWriter writer = writer(1_000);
        CompletableFuture<Void> large = writer.append(records(100)); // alone, however large
        assertThatThrownBy(() -> writer.append(records(1)))
                .isInstanceOf(LogQueueFullException.class)
                .hasMessageContaining("LOG_QUEUE_SIZE is 1000");
        writer.start();
        large.join();
        writer.append(records(1)).join();
        writer.stop();
        assertThat(database.queryLong("SELECT count(*) FROM log_records")).isEqualTo(101);
        assertThatThrownBy(() -> writer.append(records(1))).hasMessageContaining("stopping");
    }

    @Test
    void whatPostgresRefusesFailsAlone() throws Exception {
        LogWriter writer = writer(64 << 20);
        var bad = new LogRecord(SHOP, NOON, null, 9, null, "bad", "{no JSON", null, null);
        CompletableFuture<Void> good = writer.append(records(3));
        CompletableFuture<Void> refused = writer.append(List.of(bad));
        CompletableFuture<Void> alsoGood = writer.append(records(4));
        writer.start();
        good.join();
        alsoGood.join();
        assertThatThrownBy(refused::join)
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("json");
        assertThat(database.queryLong("SELECT count(*) FROM log_records")).isEqualTo(7);
        assertThat(writer.failed()).isEqualTo(1);
        writer.stop();
    }

    @Test
    void whatCanNotBeStoredFailsAndTheNextIsTriedAnew() throws Exception {
        LogWriter writer = writer(64 << 20);
        writer.start();
        writer.append(records(1)).join();
        database.execute("ALTER TABLE log_records RENAME TO away");
        CompletableFuture<Void> failed = writer.append(records(2));
        assertThatThrownBy(failed::join).hasMessageContaining("log_records");
        database.execute("ALTER TABLE away RENAME TO log_records");
        writer.append(records(3)).join();
        database.query(
                "SELECT pg_terminate_backend(pid, 3000) FROM pg_stat_activity WHERE application_name = 'logs' AND datname = current_database()");
        CompletableFuture<Void> afterBreak = writer.append(records(4));
        if (afterBreak.handle((done, failure) -> failure != null).join()) {
            writer.append(records(4)).join();
        }
        writer.stop();
        assertThat(database.queryLong("SELECT count(*) FROM log_records")).isEqualTo(8);
        assertThat(writer.queuedBytes()).isZero();
    }

    @Test
    void makesAMissingPartition() {
        store.store(records(1));
        database.execute("DROP TABLE "
                + database.query("SELECT partition FROM log_partitions() LIMIT 1")
                        .getFirst());
        store.store(records(2));
        assertThat(database.queryLong("SELECT count(*) FROM log_records")).isEqualTo(2);
    }

    @Test
    void theRunningRoleMayStoreAndRead() throws Exception {
        DatabaseRoles roles = DatabaseRoles.create(TestDatabase.create());
        var pool = new io.eventhandler.postgres.Database(
                roles.service().url(), "logs", 1, Duration.ofSeconds(5), Duration.ofSeconds(10));
        var writer = new LogWriter(pool, 1 << 20);
        writer.start();
        try {
            writer.append(records(10)).join();
        } finally {
            writer.stop();
        }
        try {
            assertThat(new LogReader(pool, Duration.ofSeconds(5))
                            .page(LogQuery.newest(100))
                            .records())
                    .hasSize(10);
            assertThat(roles.service().query("SELECT drop_expired_log_partition('1 day', NULL)"))
                    .containsExactly("null");
        } finally {
            pool.stop();
        }
    }

    @Test
    void measures() {
        var registry = new SimpleMeterRegistry();
        LogWriter writer = writer(1 << 20);
        new LogStoreMetrics(writer, null).bindTo(registry);
        writer.start();
        try {
            writer.append(records(5)).join();
        } catch (LogQueueFullException e) {
            throw new IllegalStateException(e);
        } finally {
            writer.stop();
        }
        assertThat(registry.get("eventhandler.log.records.stored")
                        .functionCounter()
                        .count())
                .isEqualTo(5);
        assertThat(registry.get("eventhandler.log.queue.capacity").gauge().value())
                .isEqualTo(1 << 20);
    }
}
