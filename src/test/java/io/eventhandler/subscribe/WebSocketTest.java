package io.eventhandler.subscribe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.RawWebSocket;
import io.eventhandler.testing.RawWebSocket.Frame;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.io.IOException;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebSocketTest {

    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CONTINUATION = 0;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final String SUBSCRIBE = "{\"action\":\"subscribe\",\"event_name\":\"%s\"}";

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create(), "PING_INTERVAL", "1s", "MAX_SUBSCRIPTIONS", "3");
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    @Test
    void aSubscriberSeesItsEventsAndNothingElse() {
        TestSubscriber subscriber = replica.connect();
        subscriber.send(SUBSCRIBE.formatted("user.created"));
        subscriber.awaitPong(); // the first message: subscribing was silent
        replica.publish("user.deleted", "1");
        replica.publish("user.created", "{\"user_id\":\"123\"}");
        assertThat(subscriber.next()).isEqualTo("{\"event_name\":\"user.created\",\"payload\":{\"user_id\":\"123\"}}");
        subscriber.send(SUBSCRIBE.formatted("user.created").replace("subscribe", "unsubscribe"));
        subscriber.awaitPong();
        TestSubscriber other = replica.subscribe("user.created");
        replica.publish("user.created", "2");
        assertThat(other.next()).contains("2");
        assertThat(subscriber.waiting()).isZero();
    }

    @Test
    void subscribingTwiceIsSubscribingOnce() {
        TestSubscriber subscriber = replica.subscribe("twice", "twice", "other");
        replica.publish("twice", "1");
        replica.publish("other", "2");
        assertThat(subscriber.next()).isEqualTo("{\"event_name\":\"twice\",\"payload\":1}");
        assertThat(subscriber.next()).isEqualTo("{\"event_name\":\"other\",\"payload\":2}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            nonsense                                        | the message is not valid JSON
            {"action":"subscribe","event_name":"a"} x       | the message is not valid JSON
            [1]                                             | the message must be a JSON object with an action
            {}                                              | action is missing: an action is subscribe, unsubscribe, authenticate or ping
            {"action":7}                                    | action must be a string
            {"action":"dance"}                              | unknown action 'dance': an action is subscribe, unsubscribe, authenticate or ping
            {"action":"subscribe"}                          | event_name is missing
            {"action":"subscribe","event_name":7}           | event_name must be a string
            {"action":"subscribe","event_name":null}        | event_name must be a string
            {"action":"subscribe","event_name":"a b"}       | event_name must not have white space
            {"action":"subscribe","event_name":"a..b"}      | event_name must not have an empty token
            {"action":"subscribe","event_name":"a","x":1}   | unknown member x
            {"action":"subscribe","action":"ping"}          | the message is not valid JSON: Duplicate
            {"action":"unsubscribe","event_name":"never"}   | 'never' is not subscribed
            """)
    void anInvalidMessageIsAnsweredAndTheConnectionLives(String message, String answer) {
        TestSubscriber subscriber = replica.connect();
        subscriber.send(message);
        var error = subscriber.nextJson();
        assertThat(error.get("status").stringValue()).isEqualTo("error");
        assertThat(error.get("message").stringValue()).startsWith(answer);
        assertThat(error.get("data").isNull()).isTrue();
        subscriber.awaitPong();
    }

    @Test
    void aBinaryMessageIsAnsweredAndTheConnectionLives() {
        TestSubscriber subscriber = replica.connect();
        subscriber
                .socket()
                .sendBinary(ByteBuffer.wrap(new byte[] {1, 2, 3}), true)
                .join();
        assertThat(subscriber.nextJson().get("message").stringValue())
                .isEqualTo("binary messages are not accepted, send JSON text");
        subscriber.awaitPong();
    }

    @Test
    void subscriptionsOfAConnectionAreBounded() {
        TestSubscriber subscriber = replica.subscribe("a", "b", "c");
        subscriber.send(SUBSCRIBE.formatted("d"));
        assertThat(subscriber.nextJson().get("message").stringValue())
                .isEqualTo("a connection has at most 3 subscriptions");
    }

    @Test
    void aMessageMayComeInFragmentsWithAPingBetweenThem() throws IOException {
        try (var socket = new RawWebSocket(replica.service().port(), 0)) {
            byte[] message = SUBSCRIBE.formatted("fragmented").getBytes(StandardCharsets.UTF_8);
            socket.send(TEXT, false, java.util.Arrays.copyOfRange(message, 0, 5));
            socket.send(PING, true, new byte[] {'h', 'i'});
            assertThat(socket.receive()).isEqualTo(new Frame(PONG, true, "hi", 0));
            socket.send(CONTINUATION, false, java.util.Arrays.copyOfRange(message, 5, 20));
            socket.send(CONTINUATION, true, java.util.Arrays.copyOfRange(message, 20, message.length));
            socket.sendText("{\"action\":\"ping\"}");
            assertThat(socket.receive().text()).contains("pong");
            replica.publish("fragmented", "1");
            assertThat(socket.receive())
                    .isEqualTo(new Frame(TEXT, true, "{\"event_name\":\"fragmented\",\"payload\":1}", 0));
        }
    }

    @Test
    void aMessageBeyond64KiBEndsTheConnectionWith1009() throws IOException {
        TestSubscriber subscriber = replica.connect();
        subscriber.send(" ".repeat((512 << 10) - 17) + "{\"action\":\"ping\"}");
        assertThat(subscriber.next()).contains("pong");
        for (int opcode : new int[] {TEXT, BINARY}) {
            try (var socket = new RawWebSocket(replica.service().port(), 0)) {
                socket.send(opcode, true, new byte[513 << 10]);
                Frame close = socket.receive();
                assertThat(close.opcode()).isEqualTo(CLOSE);
                assertThat(close.closeCode()).isEqualTo(1009);
            }
        }
    }

    @Test
    void invalidUtf8EndsTheConnectionWith1007() throws IOException {
        try (var socket = new RawWebSocket(replica.service().port(), 0)) {
            socket.send(TEXT, true, new byte[] {'"', (byte) 0xc3, '"'});
            assertThat(socket.receive().closeCode()).isEqualTo(1007);
        }
    }

    @Test
    void aCloseIsAnswered() {
        TestSubscriber subscriber = replica.connect();
        subscriber.socket().sendClose(WebSocket.NORMAL_CLOSURE, "bye").join();
        assertThat(subscriber.awaitClose().code()).isEqualTo(1000);
    }

    @Test
    void anEventOfAMegabyteArrivesWhole() {
        TestSubscriber subscriber = replica.subscribe("large");
        String payload = "\"" + "é".repeat(500_000) + "\"";
        assertThat(replica.publish("large", payload).status()).isEqualTo(200);
        assertThat(subscriber.next()).isEqualTo("{\"event_name\":\"large\",\"payload\":" + payload + "}");
    }

    @Test
    void anIdleClientIsPingedAndADeadOneDropped() throws IOException {
        TestSubscriber alive = replica.subscribe("idle"); // answers pings by itself
        try (var dead = new RawWebSocket(replica.service().port(), 0)) {
            assertThat(dead.receive().opcode()).isEqualTo(PING);
            assertThatThrownBy(() -> {
                        while (true) {
                            assertThat(dead.receive().opcode()).isEqualTo(PING);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
        replica.publish("idle", "1");
        assertThat(alive.next()).contains("idle");
    }

    @Test
    void theUpgradePathSaysWhatItIsToOthers() {
        var answer = replica.get("/ws");
        assertThat(answer.status()).isEqualTo(426);
        assertThat(answer.message()).isEqualTo("/ws speaks WebSocket: send an upgrade request for version 13");
    }

    @Test
    void stoppingEndsConnectionsWith1001AndTheIdToResumeAfter() {
        TestReplica stopping = TestReplica.start(TestDatabase.create());
        TestSubscriber subscriber = stopping.subscribe("last");
        TestSubscriber idle = stopping.connect();
        long id = stopping.publish("last", "1").eventId();
        subscriber.next();
        stopping.close();
        assertThat(subscriber.awaitClose())
                .isEqualTo(new TestSubscriber.Close(1001, "the service is stopping after=" + id));
        assertThat(idle.awaitClose().code()).isEqualTo(1001);
    }

    @Test
    void connectionsAreBounded() {
        try (TestReplica small = TestReplica.start(TestDatabase.create(), "MAX_CONNECTIONS", "2")) {
            TestSubscriber first = small.connect();
            first.awaitPong();
            small.connect().awaitPong();
            assertThatThrownBy(small::connect)
                    .cause()
                    .isInstanceOfSatisfying(
                            WebSocketHandshakeException.class,
                            refusal -> assertThat(refusal.getResponse().statusCode())
                                    .isEqualTo(503));
            first.socket().sendClose(WebSocket.NORMAL_CLOSURE, "").join();
            first.awaitClose();
            await().untilAsserted(() -> small.connect().awaitPong());
        }
    }
}
