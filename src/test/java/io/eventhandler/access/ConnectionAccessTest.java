package io.eventhandler.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.RawWebSocket;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an open connection may do, action by action, and how it ends with its credential. */
class ConnectionAccessTest {

    private static final String ADMIN = TestReplica.ADMIN_KEY;
    private static final String OK = "ok";
    private static final JsonMapper JSON = new JsonMapper();

    private static TestDatabase database;
    private static TestReplica replica;
    private static TestReplica other;

    @BeforeAll
    static void start() {
        database = TestDatabase.create();
        replica = TestReplica.startGuarded(database, "MAX_REFUSALS", "0");
        other = TestReplica.start(database, "AUTH", "required", "MAX_REFUSALS", "0");
    }

    @AfterAll
    static void stop() {
        other.close();
        replica.close();
    }

    private static JsonNode createKey(String name, String action, String eventNames, String more) {
        return replica.as(ADMIN)
                .post(
                        "/keys",
                        "{\"name\":\"%s\",\"grants\":[{\"actions\":[\"%s\"],\"event_names\":[%s]}]%s}"
                                .formatted(name, action, eventNames, more),
                        "application/json")
                .json()
                .get("data");
    }

    private static String key(String action, String eventName) {
        return createKey("test", action, '"' + eventName + '"', "").get("key").stringValue();
    }

    /**
     * What a command is answered with.
     *
     * @param command as JSON; {@code KEY} stands for a key that has what the connection's has
     * @param allowed when its grants cover order.*
     * @param narrower when they cover order.a alone
     * @param wrong when they cover no subscription at all
     */
    private record Row(String command, String allowed, String narrower, String wrong) {}

    private static Map<String, Row> rows() {
        String refused = "this credential may not subscribe 'order.*'";
        Map<String, Row> rows = new LinkedHashMap<>();
        rows.put(
                "subscribe",
                new Row(
                        "{\"action\":\"subscribe\",\"event_name\":\"order.*\",\"request_id\":\"1\"}",
                        OK,
                        refused,
                        refused));
        rows.put(
                "unsubscribe",
                new Row(
                        "{\"action\":\"unsubscribe\",\"event_name\":\"order.*\",\"request_id\":\"1\"}",
                        OK,
                        "'order.*' is not subscribed",
                        "'order.*' is not subscribed"));
        rows.put("authenticate", new Row("{\"action\":\"authenticate\",\"token\":\"KEY\"}", OK, OK, OK));
        rows.put("ping", new Row("{\"action\":\"ping\"}", OK, OK, OK));
        return rows;
    }

    @Test
    void everyActionHasARow() {
        try (TestSubscriber subscriber = replica.as(ADMIN).connect()) {
            subscriber.send("{\"action\":\"nonsense\"}");
            String message = subscriber.nextJson().get("message").stringValue();
            String list = message.substring(message.lastIndexOf("an action is ") + "an action is ".length());
            assertThat(new TreeSet<>(Set.of(list.split(", | and | or ")))).isEqualTo(new TreeSet<>(rows().keySet()));
        }
    }

    @Test
    void everyActionDoesWhatTheGrantsAllow() {
        check(key("subscribe", "order.*"), Row::allowed);
        check(key("subscribe", "order.a"), Row::narrower);
        check(key("publish", ">"), Row::wrong);
    }

    private static void check(String token, java.util.function.Function<Row, String> expected) {
        try (TestSubscriber subscriber = other.as(token).connect()) {
            rows().forEach((action, row) -> {
                subscriber.send(row.command.replace("KEY", token));
                JsonNode answer = subscriber.nextJson();
                String is = answer.get("status").stringValue();
                assertThat(is.equals(OK) ? OK : answer.get("message").stringValue())
                        .as(action)
                        .isEqualTo(expected.apply(row));
            });
        }
    }

    @Test
    void whatIsNoCredentialTakesNothingsPlace() {
        String token = key("subscribe", "order.*");
        JsonNode deleted = createKey("test", "subscribe", "\">\"", "");
        replica.as(ADMIN).delete("/keys/" + deleted.get("id").stringValue());
        try (TestSubscriber subscriber = replica.as(token).subscribe("order.*")) {
            for (String none : List.of(
                    "",
                    "nonsense",
                    token.substring(1),
                    deleted.get("key").stringValue(),
                    createKey("another", "subscribe", "\">\"", "").get("key").stringValue())) {
                subscriber.send("{\"action\":\"authenticate\",\"token\":\"%s\"}".formatted(none));
                assertThat(subscriber.nextJson().get("status").stringValue())
                        .as(none)
                        .isEqualTo("error");
            }
            replica.as(ADMIN).publish("order.kept", "1");
            assertThat(subscriber.next()).contains("order.kept");
        }
    }

    @Test
    void twoHundredConnectionsOfADeletedKeyEndOnBothReplicas() {
        JsonNode key = createKey("test", "subscribe", "\">\"", "");
        String token = key.get("key").stringValue();
        String kept = key("subscribe", ">");
        List<TestSubscriber> open = new ArrayList<>();
        try (TestSubscriber stays = other.as(kept).subscribe("many.*")) {
            for (int i = 0; i < 200; i++) {
                open.add((i % 2 == 0 ? replica : other).as(token).subscribe("many.*"));
            }
            long id = replica.as(ADMIN).publish("many.a", "1").eventId();
            open.forEach(subscriber -> assertThat(subscriber.next()).contains("many.a"));
            replica.as(ADMIN).delete("/keys/" + key.get("id").stringValue());
            open.forEach(subscriber -> assertThat(subscriber.awaitClose())
                    .isEqualTo(new TestSubscriber.Close(1008, "credential revoked; after=" + id)));
            stays.next();
            stays.awaitPong();
        } finally {
            open.forEach(TestSubscriber::close);
        }
    }

    @Test
    void aReplayThatItsCredentialDoesNotOutliveGoesOnWithAnother() throws IOException {
        int count = 300;
        for (int i = 0; i < count; i++) {
            replica.as(ADMIN).publish("replay.a", "\"%d%s\"".formatted(i, "x".repeat(60_000)));
        }
        Instant end = Instant.now().plusSeconds(2);
        String token = createKey("test", "subscribe", "\"replay.*\"", ",\"expires_at\":\"%s\"".formatted(end))
                .get("key")
                .stringValue();
        long last = 0;
        int received = 0;
        String reason;
        try (var slow = new RawWebSocket(other.service().port(), 4 << 10, "Authorization: Bearer " + token)) {
            slow.sendText("{\"action\":\"subscribe\",\"event_name\":\"replay.*\",\"after\":0,\"metadata\":true}");
            while (Instant.now().isBefore(end)) { // it reads nothing until its credential has ended
                Thread.onSpinWait();
            }
            RawWebSocket.Frame frame = slow.receive();
            while (frame.opcode() == 1) {
                JsonNode message = JSON.readTree(frame.text());
                if (message.has("event_name")) {
                    assertThat(message.get("id").longValue()).isGreaterThan(last);
                    last = message.get("id").longValue();
                    received++;
                }
                frame = slow.receive();
            }
            assertThat(frame.closeCode()).isEqualTo(1008);
            reason = frame.text();
        }
        assertThat(received).isBetween(1, count); // all, when it reads faster than its end is noticed
        assertThat(reason).isEqualTo("token expired; after=" + last);
        try (TestSubscriber resumed = replica.as(key("subscribe", "replay.*")).connect()) {
            resumed.send("{\"action\":\"subscribe\",\"event_name\":\"replay.*\",\"after\":%d}".formatted(last));
            for (int i = received; i < count; i++) {
                assertThat(resumed.next()).contains("\"payload\":\"%dx".formatted(i));
            }
        }
    }
}
