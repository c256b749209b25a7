package io.eventhandler.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.RawWebSocket;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestEventSource;
import io.eventhandler.testing.TestEventSource.Received;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a running replica sends and takes on {@code /ws} and {@code /events/stream} is what the document says. */
class DocumentsMatchMessagesTest {

    private static final ApiDocument DOCUMENT = ApiDocument.asyncApi();
    private static final String ADMIN_KEY = TestReplica.ADMIN_KEY;
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;

    private static final TestDatabase DATABASE = TestDatabase.create();

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(DATABASE, "CHECKPOINT_INTERVAL", "50ms");
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    /** The names of the messages that the operation may send. */
    private static Set<String> messages(String pointer) {
        Set<String> names = new TreeSet<>();
        DOCUMENT.at(pointer)
                .forEach(message -> names.add(message.get("$ref").stringValue().replaceFirst(".*/", "")));
        return names;
    }

    /** Which of these messages this one is. */
    private static List<String> kinds(Set<String> messages, JsonNode message) {
        return messages.stream()
                .filter(name -> DOCUMENT.faults("/components/messages/%s/payload".formatted(name), message)
                        .isEmpty())
                .toList();
    }

    @Test
    void everyMessageOnTheWebSocketIsADocumentedOneAndEachOfThemComes() {
        Set<String> documented = messages("/operations/deliver/messages");
        documented.addAll(messages("/operations/takeCommands/reply/messages"));

        Set<String> seen = new TreeSet<>();
        try (TestReplica guarded = TestReplica.startGuarded(DATABASE);
                TestSubscriber expiring = guarded.as(expiringKey(guarded)).connect();
                TestSubscriber plain = replica.subscribe("kind.*");
                TestSubscriber full = replica.connect();
                TestSubscriber cloud = replica.connect("cloudevents.json")) {
            replica.post("{\"event_name\":\"kind.a\",\"payload\":{\"a\":[1]},\"metadata\":{\"k\":\"v\"}}");
            full.send("{\"action\":\"subscribe\",\"event_name\":\"kind.>\",\"after\":0,\"request_id\":\"1\"}");
            full.send("{\"action\":\"subscribe\",\"event_names\":[\"b\",\"c\"],\"request_id\":\"2\"}");
            full.send("{\"action\":\"unsubscribe\",\"event_names\":[\"b\",\"c\"],\"request_id\":\"3\"}");
            full.send("{\"action\":\"unsubscribe\",\"event_name\":\"b\",\"request_id\":\"4\"}");
            full.send("{\"action\":\"authenticate\",\"token\":\"any\",\"request_id\":\"5\"}");
            full.send("{\"action\":\"nonsense\"}");
            full.send("{\"action\":\"ping\"}");
            cloud.send("{\"action\":\"subscribe\",\"event_name\":\">\",\"last\":10}");
            plain.send("{\"action\":\"ping\"}");
            expiring.send("{\"action\":\"subscribe\",\"event_name\":\"kind.*\",\"metadata\":true}");
            replica.publish("kind.b", "null");
            replica.publish("other", "1"); // which most of them pass over, and hear of in a checkpoint
            await().until(() -> {
                for (TestSubscriber subscriber : List.of(plain, full, cloud, expiring)) {
                    while (subscriber.waiting() > 0) {
                        JsonNode message = subscriber.nextJson();
                        List<String> kinds = kinds(documented, message);
                        assertThat(kinds).as(message.toString()).hasSize(1);
                        seen.addAll(kinds);
                    }
                }
                return seen.equals(documented);
            });
        }
    }

    /** One that ends soon. */
    private static String expiringKey(TestReplica guarded) {
        return guarded.as(ADMIN_KEY)
                .post(
                        "/keys",
                        "{\"name\":\"a\",\"grants\":[{\"actions\":[\"subscribe\"],\"event_names\":[\">\"]}],\"expires_at\":\"%s\"}"
                                .formatted(Instant.now().plusSeconds(25)),
                        "application/json")
                .json()
                .at("/data/key")
                .stringValue();
    }

    @Test
    void everyExampleOfACommandIsTaken() {
        try (TestSubscriber subscriber = replica.connect()) {
            for (String name : List.of("subscribe", "unsubscribe", "authenticate")) {
                for (JsonNode example :
                        DOCUMENT.at("/components/messages/" + name).get("examples")) {
                    ObjectNode command = (ObjectNode) example.get("payload").deepCopy();
                    if (command.has("after")) {
                        command.put("after", 0); // the log is shorter than the example's
                    }
                    subscriber.send(command.toString());
                }
            }
            subscriber.send("{\"action\":\"ping\"}");
            assertThat(isRefusedBeforePong(subscriber)).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            subscribe   | "event_name":"a.*","metadata":false,"request_id":""  | true
            subscribe   | "event_names":["a",">"],"after":0                    | true
            subscribe   | "event_name":"a","last":1000                         | true
            subscribe   | "request_id":"x"                                     | false
            subscribe   | "event_name":"a","event_names":["a"]                 | false
            subscribe   | "event_names":[]                                     | false
            subscribe   | "event_name":"a..b"                                  | false
            subscribe   | "event_name":"a","after":0,"last":1                  | false
            subscribe   | "event_name":"a","after":-1                          | false
            subscribe   | "event_name":"a","after":"1"                         | false
            subscribe   | "event_name":"a","last":0                            | false
            subscribe   | "event_name":"a","last":1001                         | false
            subscribe   | "event_name":"a","metadata":1                        | false
            subscribe   | "event_name":"a","request_id":1                      | false
            subscribe   | "event_name":"a","colour":1                          | false
            unsubscribe | "event_name":"a","after":0                           | false
            authenticate | "token":"a"                                         | true
            authenticate | "token":1                                           | false
            authenticate | "request_id":"a"                                    | false
            ping        | "colour":1                                           | false
            """)
    void theSchemaTakesTheCommandsThatTheServiceTakes(String action, String members, boolean valid) {
        String command = "{\"action\":\"%s\",%s}".formatted(action, members);
        String schema = "/components/messages/%s/payload".formatted(action);
        assertThat(DOCUMENT.faults(schema, ApiDocument.JSON.readTree(command)).isEmpty())
                .isEqualTo(valid);
        try (TestSubscriber subscriber = replica.connect()) {
            subscriber.send(command);
            subscriber.send("{\"action\":\"ping\"}");
            assertThat(isRefusedBeforePong(subscriber)).isEqualTo(!valid);
        }
    }

    private static boolean isRefusedBeforePong(TestSubscriber subscriber) {
        boolean refused = false;
        for (JsonNode message = subscriber.nextJson();
                !message.path("message").asString("").equals("pong");
                message = subscriber.nextJson()) {
            refused |= message.path("status").asString("").equals("error");
        }
        return refused;
    }

    @Test
    void everyServerSentEventIsADocumentedOne() {
        long first = replica.publish("stream.a", "{\"a\":\"\\n\"}").eventId();
        replica.post("{\"event_name\":\"stream.b\",\"payload\":1,\"source\":\"s\",\"metadata\":{\"k\":\"v\"}}");
        String path = "/events/stream?event_name=stream.*&after=" + (first - 1);
        try (TestReplica telling = TestReplica.start(DATABASE, "PING_INTERVAL", "100ms");
                TestEventSource source = new TestEventSource(telling.uri(path), null)) {
            for (Received event : source.await(2)) {
                JsonNode message = ApiDocument.JSON.valueToTree(
                        Map.of("id", event.id(), "event", event.type(), "data", event.data()));
                assertThat(kinds(messages("/operations/stream/messages"), message))
                        .containsExactly("streamedEvent");
                assertThat(DOCUMENT.faults("/components/schemas/FullFrame", ApiDocument.JSON.readTree(event.data())))
                        .isEmpty();
            }
            long later = replica.publish("other", "1").eventId();
            await().until(() -> Long.parseLong(source.lastEventId()) >= later);
            JsonNode position = ApiDocument.JSON.valueToTree(Map.of("id", source.lastEventId()));
            assertThat(kinds(messages("/operations/stream/messages"), position)).containsExactly("streamedPosition");
        }
    }

    @Test
    void everyCloseCodeIsDocumented() throws Exception {
        Set<Integer> codes = new TreeSet<>();
        try (TestReplica stopping = TestReplica.start(TestDatabase.create());
                var notUtf8 = new RawWebSocket(stopping.service().port(), 0);
                var noFrame = new RawWebSocket(stopping.service().port(), 0);
                var large = new RawWebSocket(stopping.service().port(), 0);
                TestSubscriber patient = stopping.subscribe("a")) {
            notUtf8.send(TEXT, true, new byte[] {(byte) 0xff});
            codes.add(notUtf8.receive().closeCode());
            noFrame.send(3, true, new byte[0]);
            codes.add(noFrame.receive().closeCode());
            for (int n = 0; n < 9; n++) {
                large.send(n == 0 ? TEXT : CONTINUATION, false, new byte[64 << 10]);
            }
            codes.add(large.receive().closeCode());
            stopping.service().stop();
            codes.add(patient.awaitClose().code());
        }
        codes.add(CloseStatus.POLICY_VIOLATION); // provoked by the tests of credentials that end
        codes.add(CloseStatus.SERVER_ERROR); // provoked by the test of events that can't be sent
        codes.add(1013); // provoked by the test of half-received messages
        String source = Files.readString(Path.of("src/main/java/io/eventhandler/subscribe/SubscriberConnection.java"));
        var own = Pattern.compile(" = (4\\d{3});").matcher(source); // provoked by the tests of slow consumers
        while (own.find()) {
            codes.add(Integer.valueOf(own.group(1)));
        }
        Set<Integer> documented = new TreeSet<>();
        DOCUMENT.at("/channels/ws")
                .get("x-close-codes")
                .forEach(code -> documented.add(code.get("code").intValue()));
        assertThat(documented).isEqualTo(codes);
    }
}
