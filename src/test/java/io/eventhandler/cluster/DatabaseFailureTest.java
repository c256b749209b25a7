package io.eventhandler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.EmbeddedPostgres;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL goes away, comes back, and loses answers. */
class DatabaseFailureTest {

    private static final String LISTENERS = """
            SELECT pid FROM pg_stat_activity
            WHERE application_name LIKE 'eventhandler-listen%' AND datname = current_database()""";

    @TempDir
    Path directory;

    /** The same server through a port that outlives it. */
    private static String through(TcpProxy proxy, DatabaseUrl url) {
        return "postgresql://%s:%s@127.0.0.1:%d/%s?sslmode=disable"
                .formatted(url.user(), url.password(), proxy.port(), url.database());
    }

    @Test
    void whatWasNeverSentIsNotStored() {
        TestDatabase database = TestDatabase.create();
        try (var proxy = new TcpProxy(database.url().hosts().getFirst().port());
                TestReplica replica = TestReplica.start(through(proxy, database.url()), "PUBLISH_TIMEOUT", "500ms")) {
            assertThat(replica.publish("away", "1").status()).isEqualTo(200);
            proxy.target(0); // where nothing listens: the pool tries for some seconds
            proxy.cut();
            await().until(() -> replica.publish("away", "1").message().startsWith("not stored"));
            for (int i = 0; i < 8; i++) {
                assertThat(replica.publish("away", "1").message()).startsWith("not stored: ");
            }
            proxy.target(database.url().hosts().getFirst().port());
        }
    }

    @Test
    void everyAnswerHoldsWhilePostgresStopsAndStarts() throws Exception {
        var first = new EmbeddedPostgres(directory.resolve("postgres"));
        first.start();
        EmbeddedPostgres running = first;
        try (var proxy = new TcpProxy(first.url().hosts().getFirst().port());
                TestReplica replica = TestReplica.start(through(proxy, first.url()), "PUBLISH_TIMEOUT", "2s");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            TestSubscriber subscriber = replica.subscribe("outage");
            Map<String, Integer> answers = new ConcurrentHashMap<>();
            Set<String> stored = ConcurrentHashMap.newKeySet();
            Set<String> notStored = ConcurrentHashMap.newKeySet();
            var next = new AtomicInteger();
            var done = new AtomicBoolean();
            List<Future<?>> publishers = IntStream.range(0, 16)
                    .<Future<?>>mapToObj(n -> threads.submit(() -> {
                        while (!done.get()) {
                            String key = "k" + next.getAndIncrement();
                            TestReplica.Answer answer = replica.publish("outage", "\"%s\"".formatted(key));
                            answers.merge(key, answer.status(), Integer::sum);
                            if (answer.status() == 200) {
                                stored.add(key);
                            } else {
                                assertThat(answer.status()).as(answer.body()).isEqualTo(503);
                                assertThat(answer.header("Retry-After")).isEqualTo("1");
                                if (answer.message().startsWith("not stored")) {
                                    notStored.add(key);
                                }
                            }
                        }
                    }))
                    .toList();

            for (int round = 0; round < 2; round++) {
                int before = stored.size();
                await().until(() -> stored.size() > before + 200);
                running.stop();
                int refused = notStored.size();
                await().until(() -> notStored.size() > refused + 16);
                assertThat(replica.get("/health/ready").status()).isEqualTo(503);
                assertThat(replica.get("/health/live").status()).isEqualTo(200);
                running = new EmbeddedPostgres(directory.resolve("postgres"));
                running.start();
                proxy.target(running.url().hosts().getFirst().port());
            }
            int before = stored.size();
            await().until(() -> stored.size() > before + 200);
            done.set(true);
            for (Future<?> publisher : publishers) {
                publisher.get();
            }

            List<String> table = TestDatabase.at(running.url())
                    .query("SELECT payload #>> '{}' FROM events WHERE event_name = 'outage' ORDER BY id");
            assertThat(table).doesNotHaveDuplicates();
            assertThat(table).containsAll(stored);
            assertThat(table).doesNotContainAnyElementsOf(notStored);
            List<String> received = subscriber.nextJson(table.size()).stream()
                    .map(message -> message.get("payload").stringValue())
                    .toList();
            assertThat(received).isEqualTo(table);
            await().until(() -> replica.get("/health/ready").status() == 200);
        } finally {
            running.stop();
        }
    }

    @Test
    void aListenConnectionThatHangsIsNoticedByTheHeartbeat() {
        TestDatabase database = TestDatabase.create();
        try (var proxy = new TcpProxy(database.url().hosts().getFirst().port());
                TestReplica publishing = TestReplica.start(database);
                TestReplica listening = TestReplica.start(
                        database,
                        "DATABASE_LISTEN_URL",
                        through(proxy, database.url()),
                        "HEARTBEAT",
                        "500ms",
                        "POLL_INTERVAL",
                        "1h")) {
            await().until(() -> listening.get("/health/ready").body().contains("ok: listening"));
            TestSubscriber subscriber = listening.subscribe("hanging");
            List<String> before = database.query(LISTENERS);
            proxy.freeze();
            publishing.publish("hanging", "1");
            assertThat(subscriber.next(Duration.ofSeconds(15))).contains("1");
            await().until(() -> !before.containsAll(database.query(LISTENERS)));
            await().until(() -> listening.get("/health/ready").body().contains("ok: listening"));
            publishing.publish("hanging", "2");
            assertThat(subscriber.next(Duration.ofSeconds(2))).contains("2");
        }
    }

    @Test
    void deliversFromTheNotificationWhatFitsIntoIt() throws Exception {
        TestDatabase database = TestDatabase.create();
        // The second replica's reads hang: what it delivers came with the notification.
        try (var proxy = new TcpProxy(database.url().hosts().getFirst().port());
                TestReplica publishing = TestReplica.start(database);
                TestReplica listening = TestReplica.start(
                        through(proxy, database.url()),
                        "DATABASE_LISTEN_URL",
                        database.urlText(),
                        "POLL_INTERVAL",
                        "1h",
                        "HEARTBEAT",
                        "1h")) {
            await().until(() -> listening.get("/health/ready").body().contains("ok: listening"));
            TestSubscriber subscriber = listening.subscribe("inline");
            proxy.freeze();
            String payload = "{\"ä\" :[1.50,\"\\u00e9 😀\",\"1,2,\"]}";
            publishing.publish("inline", payload);
            publishing.post(
                    "[%1$s,%1$s]".formatted("{\"event_name\":\"inline\",\"payload\":0,\"metadata\":{\"a\":\"b\"}}"));
            // As published, to the letter: the table's form is another.
            String frame = "{\"event_name\":\"inline\",\"payload\":%s}";
            assertThat(subscriber.next()).isEqualTo(frame.formatted(payload));
            assertThat(subscriber.next()).isEqualTo(frame.formatted("0"));
            assertThat(subscriber.next()).isEqualTo(frame.formatted("0"));
            proxy.shutDown(); // or stopping would wait for the reads
        }
    }

    @Test
    void aCommitWhoseAnswerIsLostIsFoundAndStoredOnce() {
        TestDatabase database = TestDatabase.create();
        try (var proxy = new TcpProxy(database.url().hosts().getFirst().port());
                TestReplica replica = TestReplica.start(through(proxy, database.url()))) {
            Set<Long> ids = new HashSet<>();
            for (int n = 0; n < 10; n++) {
                String marker = "cut-here-" + n;
                proxy.cutAnswerTo(marker);
                TestReplica.Answer answer = replica.publish("lost", "\"%s\"".formatted(marker));
                assertThat(proxy.hasCut()).isTrue();
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                assertThat(ids.add(answer.eventId())).isTrue();
                assertThat(database.query("SELECT id FROM events WHERE payload = '\"%s\"'".formatted(marker)))
                        .containsExactly(String.valueOf(answer.eventId()));
            }
        }
    }

    @Test
    void aReplicaIsReadyAgainThoughNobodyPublishesAnyMore() throws Exception {
        var first = new EmbeddedPostgres(directory.resolve("idle"));
        first.start();
        EmbeddedPostgres running = first;
        try (var proxy = new TcpProxy(first.url().hosts().getFirst().port());
                TestReplica replica = TestReplica.start(through(proxy, first.url()), "PUBLISH_TIMEOUT", "200ms")) {
            running.stop();
            for (int n = 0; n < 3; n++) {
                assertThat(replica.publish("idle", "1").status()).isEqualTo(503);
            }
            assertThat(replica.get("/health/ready").status()).isEqualTo(503);
            running = new EmbeddedPostgres(directory.resolve("idle"));
            running.start();
            proxy.target(running.url().hosts().getFirst().port());
            await().untilAsserted(() ->
                    assertThat(replica.get("/health/ready").body()).contains("\"ready\""));
        } finally {
            running.stop();
        }
    }

    @Test
    void anAnswerThatIsMerelyLateIsNotCalledABrokenConnection() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (TestReplica replica = TestReplica.start(database, "PUBLISH_TIMEOUT", "300ms");
                Connection other = database.connect();
                Statement holding = other.createStatement()) {
            other.setAutoCommit(false);
            holding.execute("SELECT pg_advisory_xact_lock(7305806, 1)");
            assertThat(replica.publish("late", "1").message())
                    .startsWith("outcome unknown: the database has not answered in time: it may be waiting for other"
                            + " writers, a standby or its disk; ");
            other.rollback();
            await().until(() -> database.queryLong("SELECT count(*) FROM events WHERE event_name = 'late'") == 1);
        }
    }
}
