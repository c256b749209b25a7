package io.eventhandler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Several replicas on one database. */
class ClusterTest {

    private static final int STARTED_EVENTS = 3; // each replica's eventhandler.started
    private static final int PUBLISHERS = 48;
    private static final int EVENTS = 12_000;

    @Test
    void threeReplicasAppendDenseIdsAndDeliverEachEventOnceInOrder() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (TestReplica a = TestReplica.start(database);
                TestReplica b = TestReplica.start(database);
                TestReplica c = TestReplica.start(database)) {
            List<TestReplica> replicas = List.of(a, b, c);
            List<TestSubscriber> subscribers =
                    replicas.stream().map(replica -> replica.subscribe("load")).toList();

            Map<Long, String> acknowledged = publishFromAll(replicas);

            List<Long> expected = LongStream.rangeClosed(STARTED_EVENTS + 1, STARTED_EVENTS + EVENTS)
                    .boxed()
                    .toList();
            assertThat(acknowledged.keySet()).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(database.query("SELECT id FROM events ORDER BY id").stream()
                            .map(Long::valueOf)
                            .toList())
                    .isEqualTo(LongStream.rangeClosed(1, STARTED_EVENTS + EVENTS)
                            .boxed()
                            .toList());
            List<String> inOrderOfId = expected.stream().map(acknowledged::get).toList();
            for (TestSubscriber subscriber : subscribers) {
                assertThat(subscriber.nextJson(EVENTS).stream()
                                .map(message -> message.get("payload").stringValue())
                                .toList())
                        .isEqualTo(inOrderOfId);
                subscriber.awaitPong(); // nothing follows the last event
            }
        }
    }

    /** Returns each acknowledged id with the payload that was published under it. */
    private static Map<Long, String> publishFromAll(List<TestReplica> replicas)
            throws InterruptedException, ExecutionException {
        Map<Long, String> acknowledged = new ConcurrentHashMap<>();
        var next = new AtomicInteger();
        Callable<Void> publisher = () -> {
            for (int n = next.getAndIncrement(); n < EVENTS; n = next.getAndIncrement()) {
                TestReplica.Answer answer = replicas.get(n % replicas.size()).publish("load", "\"p%d\"".formatted(n));
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                assertThat(acknowledged.put(answer.eventId(), "p" + n)).isNull();
            }
            return null;
        };
        try (ExecutorService publishers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> running = IntStream.range(0, PUBLISHERS)
                    .mapToObj(n -> publishers.submit(publisher))
                    .toList();
            for (Future<Void> future : running) {
                future.get();
            }
        }
        return acknowledged;
    }

    @Test
    void losesAndDoublesNothingWhileTheListenConnectionDiesAgainAndAgain() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (TestReplica publishing = TestReplica.start(database);
                TestReplica listening = TestReplica.start(database, "POLL_INTERVAL", "1h", "HEARTBEAT", "1h");
                ExecutorService killer = Executors.newSingleThreadExecutor()) {
            TestSubscriber subscriber = listening.subscribe("steady");
            var done = new AtomicBoolean();
            var killed = new AtomicInteger();
            Future<?> killing = killer.submit(() -> {
                while (!done.get()) {
                    await().pollInterval(Duration.ofMillis(20))
                            .until(() -> done.get() || terminateListeners(database) > 0);
                    killed.incrementAndGet();
                }
            });
            int events = 0;
            while (events < 500 || killed.get() < 10) {
                publishing.publish("steady", String.valueOf(events++));
            }
            // The last ones may fall between two connections: reading the head on reconnect must find them.
            List<Integer> received = subscriber.nextJson(events).stream()
                    .map(message -> message.get("payload").intValue())
                    .toList();
            done.set(true);
            assertThat(received).isEqualTo(IntStream.range(0, events).boxed().toList());
            killing.get();
            subscriber.awaitPong();
        }
    }

    private static long terminateListeners(TestDatabase database) {
        return database.queryLong("""
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE application_name LIKE 'eventhandler-listen%' AND datname = current_database()""");
    }

    @Test
    void deliversByNotifyAloneWhenHeartbeatAndPollAreMinutesAway() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica publishing = TestReplica.start(database);
                TestReplica listening = TestReplica.start(database, "POLL_INTERVAL", "1h", "HEARTBEAT", "1h")) {
            await().until(() -> listening.get("/health/ready").body().contains("ok: listening"));
            TestSubscriber subscriber = listening.subscribe("notified");
            for (int n = 0; n < 5; n++) {
                publishing.publish("notified", String.valueOf(n));
                assertThat(subscriber.next(Duration.ofSeconds(2)))
                        .isEqualTo("{\"event_name\":\"notified\",\"payload\":%d}".formatted(n));
            }
        }
    }

    @Test
    void deliversWithoutAnyNotification() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica publishing = TestReplica.start(database);
                TestReplica listening = TestReplica.start(database, "HEARTBEAT", "300ms")) {
            silenceNotify(database);
            TestSubscriber subscriber = listening.subscribe("silent");
            publishing.publish("silent", "1");
            publishing.publish("silent", "2");
            assertThat(subscriber.nextJson(2))
                    .extracting(message -> message.get("payload").intValue())
                    .containsExactly(1, 2);
        }
    }

    private static void silenceNotify(TestDatabase database) {
        String definition = database.query("SELECT pg_get_functiondef('append_events'::regproc)")
                .getFirst();
        assertThat(definition).contains("PERFORM pg_notify(");
        database.execute(definition.replace("PERFORM pg_notify(", "PERFORM concat("));
    }

    @Test
    void aForgedNotificationDeliversNothingAndHoldsNothingUp() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica replica = TestReplica.start(database, "POLL_INTERVAL", "1h", "HEARTBEAT", "1h")) {
            await().until(() -> replica.get("/health/ready").body().contains("ok: listening"));
            TestSubscriber subscriber = replica.subscribe("a");
            long next = database.queryLong("SELECT events_head()") + 1;
            String signed = next + " 1700000000000000 1,3,1,-1,aapi6";
            String signature = "encode(sha256(convert_to('guess%sguess', 'UTF8')), 'hex')".formatted(signed);
            database.execute(
                    "SELECT pg_notify('eventhandler', 'hello')",
                    "SELECT pg_notify('eventhandler', '%d ' || %s || ' %s')".formatted(next, signature, signed),
                    "SELECT pg_notify('eventhandler', '%d')".formatted(Long.MAX_VALUE));
            replica.publish("a", "7");
            assertThat(subscriber.nextJson().get("payload").intValue()).isEqualTo(7);
            assertThat(replica.get("/health/ready").status()).isEqualTo(200);
        }
    }

    @Test
    void pollsWhenListenReachesAnotherPlaceThanNotify() {
        TestDatabase database = TestDatabase.create();
        TestDatabase elsewhere = TestDatabase.create();
        // Like a transaction pooler: LISTEN succeeds, and this replica's notifications never arrive there.
        elsewhere.execute(
                "CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql AS ''",
                "ALTER DATABASE %s SET search_path = public, pg_catalog"
                        .formatted(elsewhere.url().database()));
        try (TestReplica publishing = TestReplica.start(database);
                TestReplica polling = TestReplica.start(
                        database,
                        "DATABASE_LISTEN_URL",
                        elsewhere.urlText(),
                        "HEARTBEAT",
                        "1h",
                        "POLL_INTERVAL",
                        "20ms")) {
            TestSubscriber subscriber = polling.subscribe("polled");
            publishing.publish("polled", "1");
            assertThat(subscriber.nextJson().get("payload").intValue()).isEqualTo(1);
            await().until(() -> polling.get("/health/ready").body().contains("ok: polling"));
            assertThat(polling.get("/health/ready").status()).isEqualTo(200);
        }
    }

    @Test
    void anyNumberOfReplicasMayStartAtOnceOnAnEmptyDatabase() throws Exception {
        TestDatabase database = TestDatabase.create();
        List<TestReplica> replicas = new ArrayList<>();
        try (ExecutorService starters = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<TestReplica>> starting = IntStream.range(0, 4)
                    .mapToObj(n -> starters.submit(() -> TestReplica.start(database)))
                    .toList();
            for (Future<TestReplica> start : starting) {
                replicas.add(start.get());
            }
            for (TestReplica replica : replicas) {
                JsonNode ready = replica.get("/health/ready").json();
                assertThat(ready.get("message").stringValue()).isEqualTo("ready");
            }
        } finally {
            replicas.forEach(TestReplica::close);
        }
    }
}
