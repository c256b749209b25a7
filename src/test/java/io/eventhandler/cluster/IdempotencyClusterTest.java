package io.eventhandler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Idempotency keys across replicas, restarts and broken connections. */
class IdempotencyClusterTest {

    private static final int KEYS = 1_000;
    private static final int CONNECTIONS = 16;
    private static final int RIVALS = 4; // connections that publish the same keys at the same time
    private static final int GROUPS = CONNECTIONS / RIVALS;

    private static String event(int key) {
        return "{\"event_name\":\"raced\",\"payload\":%1$d,\"idempotency_key\":\"k%1$d\"}".formatted(key);
    }

    @Test
    void ofConcurrentPublishesWithTheSameKeyOneIsStoredAndAllGetItsId() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (TestReplica a = TestReplica.start(database);
                TestReplica b = TestReplica.start(database);
                TestReplica c = TestReplica.start(database);
                ExecutorService connections = Executors.newVirtualThreadPerTaskExecutor()) {
            List<TestReplica> replicas = List.of(a, b, c);
            Map<Integer, Set<Long>> ids = new ConcurrentHashMap<>();
            List<Future<?>> running = new ArrayList<>();
            for (int connection = 0; connection < CONNECTIONS; connection++) {
                TestReplica replica = replicas.get(connection % 3);
                int group = connection / RIVALS;
                boolean inBatches = connection % RIVALS == 0;
                running.add(connections.submit(() -> {
                    for (int key = group; key < KEYS; key += GROUPS) {
                        if (inBatches) {
                            publishWithTheNext(replica, key, ids);
                        } else {
                            Answer answer = replica.post(event(key));
                            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                            add(ids, key, answer.eventId());
                        }
                    }
                }));
            }
            for (Future<?> future : running) {
                future.get();
            }
            assertThat(ids).hasSize(KEYS + GROUPS);
            assertThat(ids.values()).allSatisfy(same -> assertThat(same).hasSize(1));
            assertThat(database.query("SELECT key || ':' || first_id FROM idempotency_keys"))
                    .containsExactlyInAnyOrderElementsOf(ids.entrySet().stream()
                            .map(entry -> "k%d:%d"
                                    .formatted(
                                            entry.getKey(),
                                            entry.getValue().iterator().next()))
                            .toList());
            assertThat(
                            database.queryLong(
                                    "SELECT count(*) FROM events JOIN idempotency_keys ON id = first_id AND key = 'k' || payload::text"))
                    .isEqualTo(ids.size());
            assertThat(database.queryLong("SELECT count(*) FROM events")).isEqualTo(ids.size() + replicas.size());
            assertThat(database.queryLong("SELECT events_head()")).isEqualTo(ids.size() + replicas.size());
        }
    }

    private static void publishWithTheNext(TestReplica replica, int key, Map<Integer, Set<Long>> ids) {
        Answer answer = replica.post("[%s,%s]".formatted(event(key + GROUPS), event(key)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        JsonNode data = answer.json().get("data");
        boolean consecutive = data.get("ids") == null;
        add(
                ids,
                key + GROUPS,
                (consecutive ? data.get("first_id") : data.get("ids").get(0)).longValue());
        add(ids, key, (consecutive ? data.get("last_id") : data.get("ids").get(1)).longValue());
    }

    private static void add(Map<Integer, Set<Long>> ids, int key, long id) {
        ids.computeIfAbsent(key, any -> ConcurrentHashMap.newKeySet()).add(id);
    }

    @Test
    void aKeySurvivesTheRestartOfTheReplica() {
        TestDatabase database = TestDatabase.create();
        Answer first;
        try (TestReplica replica = TestReplica.start(database)) {
            first = replica.post(event(1));
        }
        try (TestReplica replica = TestReplica.start(database)) {
            Answer second = replica.post(event(1));
            assertThat(second.header("Idempotency-Replayed")).isEqualTo("true");
            assertThat(second.eventId()).isEqualTo(first.eventId());
        }
    }

    private static String through(TcpProxy proxy, TestDatabase database) {
        return "postgresql://%s:%s@127.0.0.1:%d/%s?sslmode=disable"
                .formatted(
                        database.url().user(),
                        database.url().password(),
                        proxy.port(),
                        database.url().database());
    }

    @Test
    void aKeyedEventWhoseAnswerIsLostIsStoredOnce() {
        TestDatabase database = TestDatabase.create();
        try (var proxy = new TcpProxy(database.url().hosts().getFirst().port());
                TestReplica replica = TestReplica.start(through(proxy, database))) {
            for (int n = 0; n < 5; n++) {
                String body = "{\"event_name\":\"lost\",\"payload\":\"cut-%d\"}".formatted(n);
                for (boolean stored : new boolean[] {false, true}) { // the answer that it is stored, then that it was
                    proxy.cutAnswerTo("cut-" + n);
                    Answer answer = replica.post(body, "key-" + n);
                    assertThat(proxy.hasCut()).isTrue();
                    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                    assertThat(answer.header("Idempotency-Replayed")).isEqualTo(stored ? "true" : "");
                    assertThat(database.query("SELECT id FROM events WHERE payload = '\"cut-%d\"'".formatted(n)))
                            .containsExactly(String.valueOf(answer.eventId()));
                }
            }
        }
    }

    @Test
    void aPublishWhoseOutcomeIsUnknownMayBeRepeatedWithItsKey() {
        TestDatabase database = TestDatabase.create();
        int port = database.url().hosts().getFirst().port();
        String body = "{\"event_name\":\"unknown\",\"payload\":\"%s\"}";
        String reason = "outcome unknown: the connection to the database broke while the event was being stored; ";
        try (var proxy = new TcpProxy(port);
                TestReplica replica = TestReplica.start(through(proxy, database), "PUBLISH_TIMEOUT", "300ms")) {
            proxy.target(1); // nobody listens there: the outcome can't be looked up
            proxy.cutAllAtAnswerTo("keyed");
            Answer unknown = replica.post(body.formatted("keyed"), "key");
            assertThat(unknown.status()).isEqualTo(503);
            assertThat(unknown.message())
                    .isEqualTo(reason + "publish it again with the same idempotency key: it is stored once");
            proxy.target(port);
            await().untilAsserted(() -> assertThat(
                            replica.post(body.formatted("keyed"), "key").header("Idempotency-Replayed"))
                    .isEqualTo("true"));
        }
        try (var proxy = new TcpProxy(port);
                TestReplica replica = TestReplica.start(through(proxy, database), "PUBLISH_TIMEOUT", "300ms")) {
            proxy.target(1);
            proxy.cutAllAtAnswerTo("keyless");
            assertThat(replica.post(body.formatted("keyless")).message())
                    .isEqualTo(
                            reason
                                    + "look the event up in the history before you publish it again; with an idempotency key a publish can be repeated safely");
        }
        assertThat(database.query("SELECT payload FROM events WHERE event_name = 'unknown' ORDER BY id"))
                .containsExactly("\"keyed\"", "\"keyless\"");
    }
}
