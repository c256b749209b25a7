package io.eventhandler.eventlog.append;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.Schema;
import io.eventhandler.testing.LogCapture;
import io.eventhandler.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AppenderTest {

    private static final String ORDER_LOCK = "SELECT pg_advisory_lock(7305806, 1)";

    private final TestDatabase database = TestDatabase.create();
    private final Database pool =
            new Database(database.url(), "appender-test", 3, Duration.ofSeconds(5), Duration.ofSeconds(10));
    private final RecentEvents recent = new RecentEvents(1_000, 1 << 20);
    private final Appender appender = new Appender(
            new EventLog(pool),
            recent,
            "appender-test",
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

    private static NewEvent event(String payload) {
        return new NewEvent("test", "test", payload.getBytes(StandardCharsets.UTF_8), null, null);
    }

    /** Waits until a statement of the appender waits for the order lock: what is appended from now on gathers. */
    private void awaitAppenderBlocked() {
        await().until(() -> database.queryLong(
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'appender-test' AND wait_event = 'advisory'")
                == 1);
    }

    /** Appends while another session holds the order lock, so that all of them gather in one batch. */
    private List<AppendResult> appendAsOneBatch(List<String> payloads) throws Exception {
        try (Connection blocker = database.connect();
                Statement statement = blocker.createStatement();
                ExecutorService publishers = Executors.newVirtualThreadPerTaskExecutor()) {
            statement.executeQuery(ORDER_LOCK).close();
            List<Future<AppendResult>> pending = new ArrayList<>();
            pending.add(publishers.submit(() -> appender.append(event("\"first\""))));
            awaitAppenderBlocked();
            for (String payload : payloads) {
                int before = appender.queued();
                pending.add(publishers.submit(() -> appender.append(event(payload))));
                await().until(() -> appender.queued() > before);
            }
            statement.executeQuery("SELECT pg_advisory_unlock(7305806, 1)").close();
            List<AppendResult> results = new ArrayList<>();
            for (Future<AppendResult> future : pending) {
                results.add(future.get());
            }
            return results.subList(1, results.size());
        }
    }

    @Test
    void aPoisonedEventFailsAlone() throws Exception {
        List<String> payloads = new ArrayList<>();
        for (int n = 0; n < 20; n++) {
            payloads.add(n == 7 ? "\"\\u0000\"" : n == 13 ? "1e400000" : String.valueOf(n));
        }
        List<AppendResult> results = appendAsOneBatch(payloads);
        for (int n = 0; n < 20; n++) {
            if (n == 7 || n == 13) {
                assertThat(results.get(n)).isInstanceOf(AppendResult.Refused.class);
            } else {
                assertThat(results.get(n)).isInstanceOf(AppendResult.Stored.class);
            }
        }
        assertThat(database.query("SELECT payload FROM events ORDER BY id"))
                .hasSize(19)
                .startsWith("\"first\"", "0", "1", "2")
                .doesNotContain("7", "13");
        assertThat(database.query("SELECT id FROM events ORDER BY id"))
                .startsWith("1", "2")
                .endsWith("18", "19");
    }

    @Test
    void aPoisonedEventFailsItsPublishersBatchAndIsNamed() throws Exception {
        var outcome = new CompletableFuture<AppendResult>();
        List<NewEvent> events = new ArrayList<>(Collections.nCopies(100, event("1")));
        events.set(61, event("1e400000"));
        appender.append(events, null, outcome::complete);
        assertThat(outcome.get())
                .isInstanceOfSatisfying(
                        AppendResult.Refused.class,
                        refused -> assertThat(refused.index()).isEqualTo(61));
        assertThat(database.queryLong("SELECT count(*) FROM events")).isZero();
    }

    @Test
    void whatGathersWhileABatchCommitsIsOneBatch() throws Exception {
        appendAsOneBatch(List.of("1", "2", "3", "4", "5"));
        // One token per batch, on its first event: the first alone, then the five together.
        assertThat(database.query("SELECT id FROM events WHERE append_token IS NOT NULL ORDER BY id"))
                .containsExactly("1", "2");
    }

    @Test
    void aFullQueueRefusesAtOnceAndStoresNothing() throws Exception {
        try (Connection blocker = database.connect();
                Statement statement = blocker.createStatement();
                ExecutorService publishers = Executors.newVirtualThreadPerTaskExecutor()) {
            statement.executeQuery(ORDER_LOCK).close();
            List<Future<AppendResult>> pending = new ArrayList<>();
            pending.add(publishers.submit(() -> appender.append(event("0"))));
            awaitAppenderBlocked();
            for (int n = 0; n < 300; n++) {
                pending.add(publishers.submit(() -> appender.append(event("0"))));
            }
            await().until(() -> appender.queued() == 300);
            AppendResult refused = appender.append(event("1"));
            assertThat(refused)
                    .isInstanceOfSatisfying(
                            AppendResult.NotStored.class,
                            result -> assertThat(result.reason())
                                    .isEqualTo("the queue is full: 300 events wait to be stored"));
            statement.executeQuery("SELECT pg_advisory_unlock(7305806, 1)").close();
            for (Future<AppendResult> future : pending) {
                assertThat(future.get()).isInstanceOf(AppendResult.Stored.class);
            }
        }
        assertThat(database.queryLong("SELECT count(*) FROM events WHERE payload = '1'"))
                .isZero();
    }

    private Appender appender(Executor acknowledging, Duration timeout) {
        return new Appender(
                new EventLog(pool),
                recent,
                "appender-test",
                acknowledging,
                new Appender.Options(300, timeout, true),
                new SimpleMeterRegistry());
    }

    @Test
    void goesOnAfterAnUnexpectedFailure() throws Exception {
        var failing = new AtomicBoolean(true);
        Appender other = appender(
                task -> {
                    if (failing.getAndSet(false)) {
                        throw new AssertionError("there is nobody to tell it");
                    }
                    task.run();
                },
                Duration.ofSeconds(5));
        try (var log = LogCapture.of(BackgroundThread.class)) {
            other.start();
            assertThat(other.append(event("1"))).isInstanceOf(AppendResult.Unknown.class);
            assertThat(other.append(event("2"))).isEqualTo(new AppendResult.Stored(2));
            assertThat(other.isRunning()).isTrue();
            assertThat(log.lines("there is nobody to tell it")).hasSize(1);
        } finally {
            other.stop();
        }
    }

    @Test
    void aPublisherThatFailsWhenItsTimeIsUpKeepsNobodyElseWaiting() throws Exception {
        Appender other = appender(Runnable::run, Duration.ofMillis(100));
        try (Connection blocker = database.connect();
                Statement statement = blocker.createStatement();
                var log = LogCapture.of(BackgroundThread.class)) {
            statement.executeQuery(ORDER_LOCK).close();
            other.start();
            other.append(List.of(event("1")), null, result -> {
                throw new AssertionError("this publisher can't be told");
            });
            await().until(() -> !log.lines("this publisher can't be told").isEmpty());
            var outcome = new CompletableFuture<AppendResult>();
            other.append(List.of(event("2")), null, outcome::complete);
            assertThat(outcome.get(30, TimeUnit.SECONDS)).isInstanceOf(AppendResult.NotStored.class);
        } finally {
            other.stop();
        }
    }

    @Test
    void anAppenderThatNeverStartedIsStopped() {
        appender(Runnable::run, Duration.ofMillis(100)).stop();
    }
}
