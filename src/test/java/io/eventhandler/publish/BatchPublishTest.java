package io.eventhandler.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.TestSubscriber;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A JSON array on {@code POST /publish}: stored as a whole or not at all. */
class BatchPublishTest {

    private static final TestDatabase DATABASE = TestDatabase.create();

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(DATABASE);
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static String event(String name, Object payload) {
        return "{\"event_name\":\"%s\",\"payload\":%s}".formatted(name, payload);
    }

    /** An array of this many events with the payloads 0, 1, 2 … */
    private static String batch(String name, int count) {
        return IntStream.range(0, count).mapToObj(n -> event(name, n)).toList().toString();
    }

    @Test
    void aBatchIsStoredInOrderWithConsecutiveIdsAndDelivered() {
        TestSubscriber subscriber = replica.subscribe("largest");
        Answer answer = replica.post(batch("largest", 1_000));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        long firstId = answer.json().get("data").get("first_id").longValue();
        assertThat(answer.body())
                .isEqualTo(
                        "{\"status\":\"ok\",\"message\":\"1000 events published.\",\"data\":{\"first_id\":%d,\"last_id\":%d}}"
                                .formatted(firstId, firstId + 999));
        assertThat(DATABASE.queryLong(
                        "SELECT count(*) FROM events WHERE event_name = 'largest' AND payload::int = id - " + firstId))
                .isEqualTo(1_000);
        for (int n = 0; n < 1_000; n++) {
            assertThat(subscriber.next()).isEqualTo(event("largest", n));
        }
    }

    @Test
    void anArrayOfOneIsABatch() {
        Answer answer = replica.post(" \n[" + event("one", "null") + "]");
        assertThat(answer.message()).isEqualTo("1 event published.");
        assertThat(answer.json().get("data").get("first_id"))
                .isEqualTo(answer.json().get("data").get("last_id"));
        assertThat(answer.header("Event-Id")).isEmpty();
    }

    @Test
    void concurrentBatchesAndSinglesDoNotMix() throws Exception {
        List<Future<Answer>> answers = new ArrayList<>();
        try (ExecutorService publishers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int publisher = 0; publisher < 16; publisher++) {
                String name = "mixed." + publisher;
                for (int n = 0; n < 10; n++) {
                    answers.add(publishers.submit(() -> replica.post(batch(name, 170))));
                    answers.add(publishers.submit(() -> replica.publish("mixed.single", "0")));
                }
            }
        }
        for (Future<Answer> answer : answers) {
            assertThat(answer.get().status()).isEqualTo(200);
        }
        // Where a batch starts, the next 169 ids continue it.
        assertThat(DATABASE.queryLong("""
                        SELECT count(*) FROM events first WHERE event_name LIKE 'mixed.%' AND event_name <> 'mixed.single'
                        AND payload = '0' AND (SELECT count(*) FROM events next WHERE next.id BETWEEN first.id AND first.id + 169
                        AND next.event_name = first.event_name AND next.payload::int = next.id - first.id) = 170""")).isEqualTo(160);
    }

    static Stream<Arguments> badBatches() {
        String good = event("a", 1);
        List<String> thousand = new ArrayList<>(Collections.nCopies(1_000, good));
        thousand.set(777, event("a b", 1));
        return Stream.of(
                Arguments.of("[]", 422, "the batch is empty: it must have 1 to 1000 events"),
                Arguments.of(
                        "[1,\"x\",null]", 422, "the event at index 0: it must be a JSON object, this one is a number"),
                Arguments.of("[1,", 400, "the body is not valid JSON"),
                Arguments.of("[" + good + "," + good, 400, "the body is not valid JSON"),
                Arguments.of("[" + good + "]]", 400, "the body is not valid JSON"),
                Arguments.of("[" + good + "] 1", 400, "the body has something after the JSON value: a number"),
                Arguments.of(batch("a", 1_001), 422, "a batch has at most 1000 events, this one has 1001"),
                Arguments.of(
                        thousand.toString(),
                        422,
                        "the event at index 777: event_name must not have white space or control characters"),
                Arguments.of("[%s,[%s]]".formatted(good, good), 422, "the event at index 1: it must be a JSON object"),
                Arguments.of("[%s,{}]".formatted(good), 422, "the event at index 1: event_name is missing"),
                Arguments.of(
                        "[%s,{\"event_name\":\"a\"},{}]".formatted(good),
                        422,
                        "the event at index 1: payload is missing"),
                Arguments.of(
                        "[{\"event_name\":\"a\",\"payload\":1,\"id\":2}]",
                        422,
                        "the event at index 0: unknown member id"),
                Arguments.of(
                        "[%s,%s]".formatted(good, event("a", "{\"x\":1,\"x\":2}")),
                        422,
                        "the event at index 1: Duplicate Object property \"x\""),
                Arguments.of(
                        "[%s]".formatted(event("a", "\"" + "x".repeat(1 << 20) + "\"")),
                        422,
                        "the event at index 0: the payload must be at most 1048576 bytes, this one has 1048578"));
    }

    @ParameterizedTest
    @MethodSource("badBatches")
    void aBadBatchIsRefusedAsAWhole(String body, int status, String message) {
        long head = DATABASE.queryLong("SELECT events_head()");
        Answer answer = replica.post(body);
        assertThat(answer.message()).startsWith(message);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(DATABASE.queryLong("SELECT events_head()")).isEqualTo(head);
    }

    @Test
    void aBatchOverFourMebibytesIsTooLarge() {
        String payload = "\"" + "x".repeat((1 << 20) - 100) + "\"";
        String four = Collections.nCopies(4, event("a", payload)).toString();
        String padding = " ".repeat((4 << 20) - four.length());
        assertThat(replica.post(padding + four).status()).isEqualTo(200);
        Answer tooLarge = replica.post(" " + padding + four);
        assertThat(tooLarge.status()).isEqualTo(413);
        assertThat(tooLarge.message())
                .isEqualTo(
                        "the body must be at most 1048576 bytes, or 4194304 for a batch, this one has 4194305 bytes");
    }

    @Test
    void aBatchLargerThanTheQueueIsTakenWhenNothingWaits() {
        try (TestReplica small = TestReplica.start(DATABASE, "PUBLISH_QUEUE", "10")) {
            assertThat(small.post(batch("a", 500)).status()).isEqualTo(200);
        }
    }
}
