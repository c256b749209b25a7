package io.eventhandler.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.TestSubscriber;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code Idempotency-Key} and {@code idempotency_key} on {@code POST /publish}. */
class IdempotencyTest {

    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final String EVENT = "{\"event_name\":\"a\",\"payload\":1}";

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(DATABASE);
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static long head() {
        return DATABASE.queryLong("SELECT events_head()");
    }

    private static String keyed(String key, Object payload) {
        return "{\"event_name\":\"a\",\"payload\":%s,\"idempotency_key\":\"%s\"}".formatted(payload, key);
    }

    private static String array(String... events) {
        return List.of(events).toString();
    }

    private static void assertReplays(Answer first, Answer second) {
        assertThat(first.status()).as(first.body()).isEqualTo(200);
        assertThat(first.header("Idempotency-Replayed")).isEmpty();
        assertThat(second.status()).as(second.body()).isEqualTo(200);
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(second.header("Event-Id")).isEqualTo(first.header("Event-Id"));
        assertThat(second.header("Idempotency-Replayed")).isEqualTo("true");
    }

    private static void assertRefused(Answer answer, String message) {
        assertThat(answer.message()).isEqualTo(message);
        assertThat(answer.status()).isEqualTo(422);
    }

    @Test
    void theSecondPublishWithAKeyStoresNothingAndAnswersAsTheFirst() {
        TestSubscriber subscriber = replica.subscribe("a");
        long head = head();
        Answer first = replica.post(EVENT, "single");
        assertReplays(first, replica.post(EVENT, "single"));
        assertReplays(first, replica.post(keyed("single", 1)));
        assertThat(first.eventId()).isEqualTo(head + 1);
        assertThat(replica.post(EVENT).eventId()).isEqualTo(head + 2);
        assertThat(subscriber.nextJson(2)).hasSize(2);
        subscriber.awaitPong();
    }

    @Test
    void aKeyCountsWithinItsSource() {
        long first = replica.post(EVENT, "scoped").eventId();
        String other = "{\"event_name\":\"a\",\"payload\":1,\"source\":\"%s\"}";
        assertThat(replica.post(other.formatted("billing"), "scoped").eventId()).isEqualTo(first + 1);
        assertThat(replica.post(other.formatted("api"), "scoped").eventId()).isEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"event_name\":\"b\",\"payload\":1}",
                "{\"event_name\":\"a\",\"payload\":2}",
                "{\"event_name\":\"a\",\"payload\":1,\"metadata\":{}}",
                "[{\"event_name\":\"a\",\"payload\":1}]"
            })
    void aKeyWithAnotherBodyIsRefusedAndStoresNothing(String other) {
        replica.post(EVENT, "taken");
        long head = head();
        assertRefused(
                replica.post(other, "taken"), "not stored: the idempotency key 'taken' was used with another body");
        assertThat(head()).isEqualTo(head);
        assertThat(replica.post(EVENT).eventId()).isEqualTo(head + 1);
    }

    @Test
    void aKeyOfTheHeaderIsForTheBatchAsAWhole() {
        String batch = array(EVENT, EVENT, EVENT);
        Answer first = replica.post(batch, "whole");
        long firstId = first.json().get("data").get("first_id").longValue();
        assertReplays(first, replica.post(batch, "whole"));
        assertThat(head()).isEqualTo(firstId + 2);
        String conflict = "not stored: the idempotency key 'whole' was used with another body";
        assertRefused(replica.post(array(EVENT, EVENT), "whole"), conflict);
        assertRefused(replica.post(EVENT, "whole"), conflict);
        assertThat(head()).isEqualTo(firstId + 2);
    }

    @Test
    void ofABatchWithKeysPerEventOnlyTheNewOnesAreStored() {
        long first = replica.post(keyed("k1", 1)).eventId();
        long head = head();
        String data = "{\"first_id\":%d,\"last_id\":%d}".formatted(head + 1, head + 2);
        String two = array(keyed("k2", 2), keyed("k3", 3));
        Answer both = replica.post(two);
        assertThat(both.body()).endsWith("\"2 events published.\",\"data\":" + data + "}");
        assertReplays(both, replica.post(two));

        String mixed = array(keyed("k3", 3), EVENT, keyed("k1", 1), keyed("k4", 4), keyed("k2", 2));
        Answer partly = replica.post(mixed);
        assertThat(partly.header("Idempotency-Replayed")).isEmpty();
        assertThat(partly.body())
                .isEqualTo(
                        "{\"status\":\"ok\",\"message\":\"5 events published.\",\"data\":{\"first_id\":%d,\"last_id\":%d,\"ids\":[%d,%d,%d,%d,%d]}}"
                                .formatted(first, head + 4, head + 2, head + 3, first, head + 4, head + 1));
        String known = array(keyed("k3", 3), keyed("k1", 1), keyed("k4", 4));
        Answer replay = replica.post(known);
        assertThat(replay.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(replay.body()).contains("\"ids\":[%d,%d,%d]".formatted(head + 2, first, head + 4));
        assertThat(head()).isEqualTo(head + 4);
        assertThat(DATABASE.query("SELECT payload FROM events WHERE id > %d ORDER BY id".formatted(head)))
                .containsExactly("2", "3", "1", "4");
    }

    @Test
    void oneConflictRefusesTheBatchAndIsNamed() {
        replica.post(keyed("c1", 1));
        long head = head();
        assertRefused(
                replica.post(array(keyed("c0", 0), keyed("c1", 2), keyed("c2", 2))),
                "not stored: the event at index 1: the idempotency key 'c1' was used with another body");
        assertThat(head()).isEqualTo(head);
        assertThat(DATABASE.query("SELECT key FROM idempotency_keys WHERE key IN ('c0', 'c2')"))
                .isEmpty();
    }

    static Stream<Arguments> badKeys() {
        String key = "{\"event_name\":\"a\",\"payload\":1,\"idempotency_key\":%s}";
        return Stream.of(
                Arguments.of(key.formatted("\"\""), "the idempotency key must not be empty"),
                Arguments.of(
                        keyed("é".repeat(128) + "x", 1),
                        "the idempotency key must be at most 256 bytes of UTF-8, this one has 257"),
                Arguments.of(
                        key.formatted("\"a\\tb\""),
                        "the idempotency key must not have control characters, there is one at position 1"),
                Arguments.of(
                        key.formatted("\"ab\\u0085\""),
                        "the idempotency key must not have control characters, there is one at position 2"),
                Arguments.of(key.formatted("\"\\u0000\""), "\\u0000 is not allowed in a string"),
                Arguments.of(key.formatted("7"), "idempotency_key must be a string, this one is a number"),
                Arguments.of(key.formatted("null"), "idempotency_key must be a string, this one is null"),
                Arguments.of(array(EVENT, keyed("", 1)), "the event at index 1: the idempotency key must not be empty"),
                Arguments.of(
                        array(EVENT, keyed("x", 1), EVENT, keyed("x", 2)),
                        "the events at index 1 and 3 have the same source and idempotency key"));
    }

    @ParameterizedTest
    @MethodSource("badKeys")
    void aBadKeyIsRefusedWithItsReason(String body, String message) {
        long head = head();
        assertRefused(replica.post(body), message);
        assertThat(head()).isEqualTo(head);
    }

    @Test
    void theLargestKeyIsTaken() {
        String key = "é".repeat(128);
        assertReplays(replica.post(keyed(key, 1)), replica.post(keyed(key, 1)));
    }

    @Test
    void aKeyInTheHeaderAndInAnEventIsRefused() {
        long head = head();
        String message = "the idempotency key must be in the Idempotency-Key header or in the event, not in both";
        assertRefused(replica.post(keyed("x", 1), "x"), message);
        assertRefused(replica.post(array(EVENT, keyed("x", 1)), "y"), message + ": the event at index 1 has one");
        assertThat(head()).isEqualTo(head);
    }

    @Test
    void theHeaderIsReadAsUtf8AndFollowsTheSameRule() throws IOException {
        assertThat(raw("Idempotency-Key: clé")).startsWith("HTTP/1.1 200").doesNotContain("Idempotency-Replayed");
        assertThat(replica.post(keyed("clé", 1)).header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(raw("idempotency-key: " + "x".repeat(256))).startsWith("HTTP/1.1 200");

        long head = head();
        assertThat(raw("Idempotency-Key: " + "x".repeat(257)))
                .contains("422", "Idempotency-Key: the idempotency key must be at most 256 bytes of UTF-8");
        assertThat(raw("Idempotency-Key:")).contains("422", "Idempotency-Key: the idempotency key must not be empty");
        assertThat(raw("Idempotency-Key: a\tb"))
                .contains("422", "Idempotency-Key: the idempotency key must not have control characters");
        assertThat(raw("Idempotency-Key: a\r\nIdempotency-Key: a"))
                .contains("422", "Idempotency-Key must be given once, it is there 2 times");
        assertThat(rawLatin1("Idempotency-Key: clé")).contains("422", "Idempotency-Key is not valid UTF-8");
        assertThat(head()).isEqualTo(head);
    }

    private static String raw(String header) throws IOException {
        return exchange(request(header).getBytes(StandardCharsets.UTF_8));
    }

    private static String rawLatin1(String header) throws IOException {
        return exchange(request(header).getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String request(String header) {
        return "POST /publish HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n\r\n%s"
                .formatted(EVENT.length(), header, EVENT);
    }

    private static String exchange(byte[] request) throws IOException {
        try (var socket =
                new Socket(InetAddress.getLoopbackAddress(), replica.service().port())) {
            socket.getOutputStream().write(request);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aThousandKeysInABatchAreReplayed() {
        String batch = IntStream.range(0, 1_000)
                .mapToObj(n -> keyed("thousand." + n, n))
                .toList()
                .toString();
        assertReplays(replica.post(batch), replica.post(batch));
    }
}
