package io.eventhandler.eventlog.append;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.Schema;
import io.eventhandler.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Idempotency keys in the group commit, and how they expire. */
class KeyedAppendsTest {

    private static final String POISON = "1e400000";

    private final TestDatabase database = TestDatabase.create();
    private final Database pool =
            new Database(database.url(), "keyed-test", 3, Duration.ofSeconds(5), Duration.ofSeconds(10));
    private final EventLog log = new EventLog(pool);
    private final Appender appender = new Appender(
            log,
            new RecentEvents(1_000, 1 << 20),
            "keyed-test",
            Runnable::run,
            new Appender.Options(300, Duration.ofSeconds(5), true),
            new SimpleMeterRegistry());

    @BeforeEach
    void start() throws Exception {
        new Schema(pool).migrate();
        appender.start();
    }

    @AfterEach
    void stop() {
        appender.stop();
        pool.stop();
    }

    private static NewEvent event(@Nullable String key, String payload) {
        return new NewEvent("test", "test", payload.getBytes(StandardCharsets.UTF_8), null, key);
    }

    private CompletableFuture<AppendResult> append(NewEvent... events) {
        var outcome = new CompletableFuture<AppendResult>();
        appender.append(List.of(events), null, outcome::complete);
        return outcome;
    }

    /** Appends these while another session holds the order lock, so that all of them gather in one batch. */
    private List<AppendResult> appendAsOneBatch(NewEvent... events) throws Exception {
        List<CompletableFuture<AppendResult>> outcomes = new ArrayList<>();
        try (Connection blocker = database.connect();
                Statement statement = blocker.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(7305806, 1)");
            outcomes.add(append(event(null, "\"first\"")));
            await().until(() -> database.queryLong(
                            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'keyed-test' AND wait_event = 'advisory'")
                    == 1);
            for (NewEvent event : events) {
                outcomes.add(append(event));
            }
        }
        List<AppendResult> results = new ArrayList<>();
        for (CompletableFuture<AppendResult> outcome : outcomes) {
            results.add(outcome.get());
        }
        return results.subList(1, results.size());
    }

    @Test
    void publishersWithTheSameKeyInOneBatchAreAnsweredFromTheFirst() throws Exception {
        List<AppendResult> results = appendAsOneBatch(
                event("a", "1"), event(null, "1"), event("a", "1"), event("a", "2"), event("b", "1"), event("a", "1"));
        assertThat(results)
                .containsExactly(
                        new AppendResult.Stored(2),
                        new AppendResult.Stored(3),
                        new AppendResult.Replayed(List.of(2L), true),
                        new AppendResult.KeyReused(0, "a"),
                        new AppendResult.Stored(4),
                        new AppendResult.Replayed(List.of(2L), true));
        assertThat(database.query("SELECT key || first_id FROM idempotency_keys ORDER BY 1"))
                .containsExactly("a2", "b4");
    }

    @Test
    void aKnownKeyInABatchDoesNotKeepTheOthersFromBeingStored() throws Exception {
        append(event("a", "1")).get();
        List<AppendResult> results = appendAsOneBatch(event(null, "1"), event("a", "1"), event("b", "1"));
        assertThat(results)
                .containsExactly(
                        new AppendResult.Stored(3),
                        new AppendResult.Replayed(List.of(1L), true),
                        new AppendResult.Stored(4));
        assertThat(database.queryLong("SELECT events_head()")).isEqualTo(4);
    }

    @Test
    void aRefusedEventLeavesItsKeyToTheNextOne() throws Exception {
        List<AppendResult> results =
                appendAsOneBatch(event("a", POISON), event("b", "1"), event("a", POISON), event("a", "1"));
        assertThat(results.get(0)).isInstanceOf(AppendResult.Refused.class);
        assertThat(results.get(1)).isEqualTo(new AppendResult.Stored(2));
        assertThat(results.get(2)).isInstanceOf(AppendResult.Refused.class);
        assertThat(results.get(3)).isEqualTo(new AppendResult.Stored(3));
    }

    @Test
    void aRefusedEventOfAPartlyKnownBatchIsNamedByItsIndex() throws Exception {
        append(event("a", "1"), event("c", "1")).get();
        AppendResult result = append(event("a", "1"), event("b", "1"), event("c", "1"), event("d", POISON))
                .get();
        assertThat(result)
                .isInstanceOfSatisfying(
                        AppendResult.Refused.class,
                        refused -> assertThat(refused.index()).isEqualTo(3));
        assertThat(database.queryLong("SELECT events_head()")).isEqualTo(2);
        assertThat(append(event("d", "1"), event("c", "1"), event("b", "1")).get())
                .isEqualTo(new AppendResult.Replayed(List.of(3L, 2L, 4L), false));
    }

    @Test
    void keysAreDroppedOnceAllOfTheirPartitionAreOlderThanADay() throws Exception {
        append(event("old", "1"), event("younger", "1")).get();
        long partition = database.queryLong(
                "SELECT max(substring(tableoid::regclass::text FROM '\\d+$')::bigint) FROM idempotency_keys");
        // The oldest time of the partition that ended a day ago, and of the one after it.
        database.execute(
                "SELECT create_idempotency_keys_partition(to_timestamp(%d))".formatted(partition - 5 * 21_600),
                "SELECT create_idempotency_keys_partition(to_timestamp(%d))".formatted(partition - 4 * 21_600),
                "UPDATE idempotency_keys SET created_at = to_timestamp(%d) WHERE key = 'old'"
                        .formatted(partition - 4 * 21_600 - 1),
                "UPDATE idempotency_keys SET created_at = to_timestamp(%d) WHERE key = 'younger'"
                        .formatted(partition - 4 * 21_600));
        maintain();
        maintain();
        assertThat(append(event("younger", "1")).get()).isEqualTo(new AppendResult.Replayed(List.of(2L), true));
        assertThat(append(event("old", "2")).get()).isEqualTo(new AppendResult.Stored(3));
        assertThat(database.query("SELECT key FROM idempotency_keys ORDER BY key"))
                .containsExactly("old", "younger");
    }

    @Test
    void aReaderOfTheKeysPutsTheirExpiryOffAndHoldsNobodyUp() throws Exception {
        append(event("a", "1")).get();
        String expired = "SELECT to_regclass('idempotency_keys_from_0') IS NOT NULL";
        database.execute("SELECT create_idempotency_keys_partition('1970-01-01 01:00Z')");
        try (Connection reader = database.connect();
                Statement reading = reader.createStatement()) {
            reader.setAutoCommit(false);
            reading.executeQuery("SELECT count(*) FROM idempotency_keys").close();
            maintain();
            assertThat(database.query(expired)).containsExactly("t");
            assertThat(append(event("b", "1")).get()).isEqualTo(new AppendResult.Stored(2));
        }
        await().untilAsserted(
                        () -> { // the reader's locks go a moment after its connection
                            maintain();
                            assertThat(database.query(expired)).containsExactly("f");
                        });
    }

    /** What the upkeep does now and then, of which the keys are a part. */
    private void maintain() throws SQLException {
        database.query("SELECT maintain_events()");
        database.query("SELECT drop_expired_idempotency_keys()");
    }
}
