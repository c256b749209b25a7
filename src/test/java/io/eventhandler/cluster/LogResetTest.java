package io.eventhandler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.SubscribeOptions;
import io.eventhandler.postgres.EmbeddedPostgres;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestEventSource;
import io.eventhandler.testing.TestLog;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The log loses events that were visible, as after an asynchronous failover or a restore. */
class LogResetTest {

    @TempDir
    Path directory;

    private static String epoch(TestReplica replica) {
        return replica.get("/events?limit=1").header("Log-Epoch");
    }

    private static TestSubscriber subscribe(TestReplica replica, long after, String epoch) {
        TestSubscriber subscriber = replica.connect();
        subscriber.send(
                "{\"action\":\"subscribe\",\"event_name\":\"reset.>\",\"after\":%d,\"epoch\":\"%s\",\"request_id\":\"r\"}"
                        .formatted(after, epoch));
        return subscriber;
    }

    private static long publish(TestReplica replica, int number) {
        TestReplica.Answer answer = replica.publish("reset.n", String.valueOf(number));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.eventId();
    }

    private static List<Integer> payloads(List<JsonNode> frames) {
        return frames.stream().map(frame -> frame.get("payload").intValue()).toList();
    }

    /** What a failover to a standby that lags, or a restore, leaves: the log without its last events. */
    private static void loseAfter(TestDatabase database, long id) {
        database.execute("DELETE FROM events WHERE id > " + id, "SELECT setval('events_head_hint', %d)".formatted(id));
    }

    @Test
    void anOlderDataDirectoryIsPutBack() throws Exception {
        Path data = directory.resolve("postgres");
        Path older = directory.resolve("older");
        var postgres = new EmbeddedPostgres(data);
        postgres.start();
        try (var proxy = new TcpProxy(postgres.url().hosts().getFirst().port());
                TestReplica replica = TestReplica.start("postgresql://%s:%s@127.0.0.1:%d/%s?sslmode=disable"
                        .formatted(
                                postgres.url().user(),
                                postgres.url().password(),
                                proxy.port(),
                                postgres.url().database()));
                var client = EventClient.of(replica.uri("/"))) {
            long first = publish(replica, 1);
            long common = publish(replica, 2);
            String before = epoch(replica);
            postgres.stop();
            copy(data, older);
            postgres = restart(data, proxy);
            await().until(() -> replica.get("/health/ready").status() == 200);
            for (int n = 3; n <= 7; n++) {
                publish(replica, n);
            }
            TestSubscriber subscriber = subscribe(replica, first - 1, before);
            JsonNode subscribed = subscriber.nextJson();
            assertThat(subscribed.at("/data/epoch").stringValue()).isEqualTo(before);
            assertThat(payloads(subscriber.nextJson(7))).containsExactly(1, 2, 3, 4, 5, 6, 7);
            var stream = new TestEventSource(
                    replica.uri("/events/stream?event_name=reset.*&after=%d&epoch=%s".formatted(first - 1, before)),
                    null);
            await().until(() -> stream.received().size() == 7);
            List<String> handled = new CopyOnWriteArrayList<>();
            client.subscribe(
                    SubscribeOptions.of("reset.*").after(first - 1),
                    event -> handled.add(new String(event.payload(), StandardCharsets.UTF_8)));
            await().until(() -> handled.size() == 7);

            postgres.stop();
            FileUtils.deleteDirectory(data.toFile());
            copy(older, data);
            postgres = restart(data, proxy);

            TestSubscriber.Close close = subscriber.awaitClose();
            String after = epoch(replica);
            assertThat(after).isNotEqualTo(before);
            assertThat(close)
                    .isEqualTo(
                            new TestSubscriber.Close(4009, "log reset; epoch=%s; after=%d".formatted(after, common)));
            await().until(stream::ended);
            assertThat(stream.received().getLast())
                    .isEqualTo(new TestEventSource.Received(
                            String.valueOf(common),
                            "reset",
                            "{\"epoch\":\"%s\",\"after\":%d}".formatted(after, common)));

            await().until(() -> replica.get("/health/ready").status() == 200);
            assertThat(publish(replica, 103)).isEqualTo(common + 1);
            TestSubscriber old = subscribe(replica, common + 5, before);
            assertThat(old.nextJson().get("message").stringValue())
                    .isEqualTo("after %d is of epoch '%s', the log's epoch is now '%s': it has lost events, begin anew"
                            .formatted(common + 5, before, after));
            TestReplica.Answer conflict = replica.get("/events/stream?after=%d&epoch=%s".formatted(common, before));
            assertThat(conflict.status()).isEqualTo(409);
            TestSubscriber anew = subscribe(replica, first - 1, after);
            anew.nextJson();
            assertThat(payloads(anew.nextJson(3))).containsExactly(1, 2, 103);
            publish(replica, 104);
            assertThat(payloads(anew.nextJson(1))).containsExactly(104);
            await().until(() -> handled.size() == 9); // it went on behind what the log still had
            assertThat(handled).endsWith("7", "103", "104");
        } finally {
            postgres.stop();
        }
    }

    /** With permissions and owners, which PostgreSQL looks at. */
    private static void copy(Path from, Path to) throws Exception {
        assertThat(new ProcessBuilder("cp", "-a", from.toString(), to.toString())
                        .start()
                        .waitFor())
                .isZero();
    }

    private static EmbeddedPostgres restart(Path data, TcpProxy proxy) {
        var postgres = new EmbeddedPostgres(data);
        postgres.start();
        proxy.target(postgres.url().hosts().getFirst().port());
        return postgres;
    }

    @Test
    void anAppendWhoseIdWasThereBeforeTellsItEvenIfNoConnectionBroke() {
        TestDatabase database = TestDatabase.create();
        String[] quiet = {"HEARTBEAT", "1h"};
        try (TestReplica a = TestReplica.start(database, quiet);
                TestReplica b = TestReplica.start(database, quiet)) {
            long common = publish(a, 1);
            publish(a, 2);
            publish(b, 3);
            String before = epoch(a);
            List<TestSubscriber> subscribers = List.of(subscribe(a, common, before), subscribe(b, common, before));
            for (TestSubscriber subscriber : subscribers) {
                subscriber.nextJson();
                assertThat(payloads(subscriber.nextJson(2))).containsExactly(2, 3);
            }
            loseAfter(database, common);

            assertThat(publish(a, 102)).isEqualTo(common + 1);
            for (TestSubscriber subscriber : subscribers) {
                assertThat(subscriber.awaitClose().reason())
                        .startsWith("log reset; epoch=")
                        .endsWith("; after=" + common);
                assertThat(subscriber.waiting()).isZero();
            }
            assertThat(epoch(a)).isNotEqualTo(before).isEqualTo(epoch(b));
            assertThat(database.query("SELECT epoch FROM events_epoch")).containsExactly(epoch(a));
            TestSubscriber resumed = subscribe(b, common, epoch(b));
            resumed.nextJson();
            assertThat(payloads(resumed.nextJson(1))).containsExactly(102);
        }
    }

    @Test
    void nothingOfALogThatHasOvertakenTheOldOneIsDeliveredAsIfItFollowed() {
        TestLog log = TestLog.create(1_000);
        TestDatabase database = log.database();
        try (TestReplica replica = TestReplica.start(database, "HEARTBEAT", "1h")) {
            long common = publish(replica, 1);
            publish(replica, 2);
            String before = epoch(replica);
            TestSubscriber subscriber = subscribe(replica, common - 1, before);
            subscriber.nextJson();
            assertThat(payloads(subscriber.nextJson(2))).containsExactly(1, 2);
            loseAfter(database, common);
            database.query(log.appending(5, "'reset.n'", "100 + n", "'test'")); // and notifies

            assertThat(subscriber.awaitClose().reason())
                    .isEqualTo("log reset; epoch=%s; after=%d".formatted(epoch(replica), common));
            assertThat(subscriber.waiting()).isZero();
            TestSubscriber resumed = subscribe(replica, common, epoch(replica));
            resumed.nextJson();
            assertThat(payloads(resumed.nextJson(5))).containsExactly(101, 102, 103, 104, 105);
        }
    }

    @Test
    void theHeartbeatNoticesALossThatNobodyWritesAfter() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica replica = TestReplica.start(database, "HEARTBEAT", "100ms")) {
            long common = publish(replica, 1);
            publish(replica, 2);
            TestSubscriber subscriber = replica.subscribe("reset.n");
            loseAfter(database, common);
            assertThat(subscriber.awaitClose())
                    .isEqualTo(new TestSubscriber.Close(
                            4009, "log reset; epoch=%s; after=%d".formatted(epoch(replica), common)));
            await().until(() -> replica.get("/health/ready").status() == 200);
        }
    }
}
