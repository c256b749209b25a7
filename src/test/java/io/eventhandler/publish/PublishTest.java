package io.eventhandler.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.TestSubscriber;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class PublishTest {

    private static final JsonMapper JSON = new JsonMapper();
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

    @Test
    void answersInTheFixedShape() {
        Answer answer = replica.publish("user.created", "{\"user_id\":\"123\"}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body())
                .isEqualTo("{\"status\":\"ok\",\"message\":\"Event 'user.created' published.\",\"data\":null}");
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(DATABASE.query(
                        "SELECT event_name || payload || source || status FROM events WHERE id = " + answer.eventId()))
                .containsExactly("user.created{\"user_id\": \"123\"}apiprocessed");
    }

    @Test
    void keepsSourceAndMetadata() {
        Answer answer = replica.post(
                "{\"metadata\":{\"trace\":\"ä\"},\"source\":\"billing\",\"payload\":null,\"event_name\":\"x\"}");
        assertThat(answer.status()).isEqualTo(200);
        var event = replica.get("/events/" + answer.eventId()).json().get("data");
        assertThat(event.get("source").stringValue()).isEqualTo("billing");
        assertThat(event.get("metadata").get("trace").stringValue()).isEqualTo("ä");
        assertThat(event.get("payload").isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "true",
                "0",
                "-0",
                "1.50",
                "1e3",
                "-1.5E-7",
                "12345678901234567890.123",
                "\"\"",
                "\"a\\\"b\\\\c\\n\"",
                "\"\\u00e9\\ud83d\\ude00 é😀\"",
                "[]",
                "{}",
                " [ 1 , { \"a\" : [ ] } ] ",
                "{\"\":{\"b\":[1,2,{\"c\":null}]}}",
                "1e10000",
                "1e-10000"
            })
    void liveAndStoredFormsAreEqualJsonValues(String payload) {
        TestSubscriber subscriber = replica.subscribe("equal");
        Answer answer = replica.publish("equal", payload);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        // PostgreSQL compares JSON by value.
        String live = subscriber.next();
        assertThat(DATABASE.query(
                        "SELECT $$%s$$::jsonb = jsonb_build_object('event_name', 'equal', 'payload', $$%s$$::jsonb)"
                                .formatted(live, payload)))
                .containsExactly("t");
        assertThat(DATABASE.query("SELECT payload = $$%s$$::jsonb FROM events WHERE id = %d"
                        .formatted(payload, answer.eventId())))
                .containsExactly("t");
        assertThat(replica.get("/events/" + answer.eventId()).status()).isEqualTo(200);
    }

    static Stream<Arguments> badRequests() {
        String ok = "{\"event_name\":\"a\",\"payload\":%s}";
        return Stream.of(
                Arguments.of("", 400, "the body is empty"),
                Arguments.of("hello", 400, "the body is not valid JSON: Unrecognized token: was"),
                Arguments.of(
                        "{\"event_name\":\"a\",\"payload\":",
                        400,
                        "the body is not valid JSON: Unexpected end-of-input"),
                Arguments.of("7", 422, "the body must be a JSON object or an array of them, this one is a number"),
                Arguments.of("{\"payload\":1}", 422, "event_name is missing"),
                Arguments.of(
                        "{\"event_name\":null,\"payload\":1}", 422, "event_name must be a string, this one is null"),
                Arguments.of(
                        "{\"event_name\":{\"a\":[]},\"payload\":1}",
                        422,
                        "event_name must be a string, this one is an object"),
                Arguments.of("{\"event_name\":\"\",\"payload\":1}", 422, "event_name must not be empty"),
                Arguments.of(
                        "{\"event_name\":\"" + "é".repeat(128) + "\",\"payload\":1}",
                        422,
                        "event_name must be at most 255 bytes of UTF-8, this one has 256"),
                Arguments.of(
                        "{\"event_name\":\"a.*\",\"payload\":1}",
                        422,
                        "event_name must not have a wildcard, there is '*' at position 2"),
                Arguments.of(
                        "{\"event_name\":\">\",\"payload\":1}",
                        422,
                        "event_name must not have a wildcard, there is '>' at position 0"),
                Arguments.of(
                        "{\"event_name\":\"a b\",\"payload\":1}",
                        422,
                        "event_name must not have white space or control characters, there is one at position 1"),
                Arguments.of("{\"event_name\":\"a\\u0000\",\"payload\":1}", 422, "\\u0000 is not allowed"),
                Arguments.of(
                        "{\"event_name\":\"a..b\",\"payload\":1}",
                        422,
                        "event_name must not have an empty token, there is one at position 2"),
                Arguments.of("{\"event_name\":\"a\"}", 422, "payload is missing"),
                Arguments.of(
                        ok.formatted("[".repeat(101) + "]".repeat(101)),
                        422,
                        "the payload is nested more than 100 deep"),
                Arguments.of(
                        ok.formatted("[".repeat(200_000) + "]".repeat(200_000)), 422, "the body is beyond a limit"),
                Arguments.of(ok.formatted("\"a\\u0000b\""), 422, "\\u0000 is not allowed in a string"),
                Arguments.of(ok.formatted("{\"k\\u0000\":1}"), 422, "\\u0000 is not allowed in a string"),
                Arguments.of(ok.formatted("\"\\ud800\""), 422, "\\ud800 is half of a surrogate pair"),
                Arguments.of(
                        ok.formatted("{\"\\udc00x\":1}"),
                        400,
                        "the body is not valid JSON: Unexpected low surrogate in property name"),
                Arguments.of(ok.formatted("1e400000"), 422, "a number is out of range: its exponent is 400000"),
                Arguments.of(ok.formatted("[1e-99999999999999999999]"), 422, "a number is out of range"),
                Arguments.of(ok.formatted("1".repeat(1_001)), 422, "the body is beyond a limit: Number value length"),
                Arguments.of(
                        ok.formatted("[" + "1e9999,".repeat(200) + "0]"),
                        422,
                        "the payload's numbers are too large: written out they take"),
                Arguments.of(ok.formatted("NaN"), 400, "the body is not valid JSON"),
                Arguments.of(
                        "{\"event_name\":\"a\",\"event_name\":\"b\",\"payload\":1}",
                        422,
                        "Duplicate Object property \"event_name\""),
                Arguments.of(ok.formatted("{\"x\":1,\"x\":2}"), 422, "Duplicate Object property \"x\""),
                Arguments.of(ok.formatted("1") + " x", 400, "the body is not valid JSON"),
                Arguments.of(ok.formatted("1") + "{}", 400, "the body has something after the JSON value: an object"),
                Arguments.of("{\"event_name\":7,\"payload\":1} trailing", 400, "the body is not valid JSON"),
                Arguments.of(
                        "{\"event_name\":\"a\",\"payload\":1,\"colour\":2,\"size\":[3]}",
                        422,
                        "unknown members colour, size: an event has event_name, payload, source, metadata and idempotency_key"),
                Arguments.of(
                        "{\"event_name\":\"a\",\"payload\":1,\"source\":\"\"}", 422, "source must be 1 to 255 bytes"),
                Arguments.of(
                        "{\"event_name\":\"a\",\"payload\":1,\"source\":[]}",
                        422,
                        "source must be a string, this one is an array"),
                Arguments.of(
                        "{\"event_name\":\"a\",\"payload\":1,\"metadata\":[]}",
                        422,
                        "metadata must be an object of strings, this one is an array"),
                Arguments.of(
                        "{\"event_name\":\"a\",\"payload\":1,\"metadata\":{\"n\":{}}}",
                        422,
                        "metadata.n must be a string, this one is an object"));
    }

    @ParameterizedTest
    @MethodSource("badRequests")
    void aBadRequestGetsItsOwnErrorAndStoresNothing(String body, int status, String message) {
        long head = DATABASE.queryLong("SELECT events_head()");
        Answer answer = replica.post(body);
        assertThat(answer.message()).startsWith(message);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.json().get("status").stringValue()).isEqualTo("error");
        assertThat(answer.json().get("data").isNull()).isTrue();
        assertThat(DATABASE.queryLong("SELECT events_head()")).isEqualTo(head);
    }

    @Test
    void aBodyOverTheLimitIsTooLarge() {
        String body = "{\"event_name\":\"a\",\"payload\":\"%s\"}";
        int shell = body.length() - 2;
        Answer largest = replica.post(body.formatted("x".repeat((1 << 20) - shell)));
        assertThat(largest.status()).isEqualTo(200);
        Answer tooLarge = replica.post(body.formatted("x".repeat((1 << 20) + 1 - shell)));
        assertThat(tooLarge.status()).isEqualTo(413);
        assertThat(tooLarge.message())
                .isEqualTo(
                        "the body must be at most 1048576 bytes, or 4194304 for a batch, this one has 1048577 bytes");
        Answer chunked = TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(new byte[5 << 20]))));
        assertThat(chunked.status()).isEqualTo(413);
    }

    @Test
    void theBodyMustBeUtf8() {
        for (byte[] bad : List.of(new byte[] {(byte) 0xc3, '"'}, new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80})) {
            var body = new java.io.ByteArrayOutputStream();
            body.writeBytes("{\"event_name\":\"a\",\"payload\":\"".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            body.writeBytes(bad);
            body.writeBytes("\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            Answer answer = TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofByteArray(body.toByteArray())));
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.message()).isEqualTo("the body is not valid UTF-8");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/json; charset=latin1",
                "\"application/json"
            })
    void anotherContentTypeIsRefused(String type) {
        Answer answer = TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString("{\"event_name\":\"a\",\"payload\":1}")));
        assertThat(answer.status()).isEqualTo(415);
        assertThat(JSON.readTree(answer.body()).get("message").stringValue())
                .contains(type.startsWith("\"") ? "Content-Type must be application/json" : type.split(";", -1)[0]);
    }

    @Test
    void publishersWaitForAnAwayDatabaseOnlySoLong() {
        // Nothing listens on this replica's append connections: its database is renamed away under it.
        TestDatabase database = TestDatabase.create();
        try (TestReplica waiting = TestReplica.start(database, "PUBLISH_TIMEOUT", "300ms")) {
            assertThat(waiting.publish("a", "1").status()).isEqualTo(200);
            TestDatabase.at(DATABASE.url())
                    .execute(
                            "ALTER DATABASE %s CONNECTION LIMIT 0"
                                    .formatted(database.url().database()),
                            "ALTER DATABASE %s ALLOW_CONNECTIONS false"
                                    .formatted(database.url().database()),
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'"
                                    .formatted(database.url().database()));
            Answer answer = waiting.publish("a", "2");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("Retry-After")).isEqualTo("1");
            Answer again = waiting.publish("a", "3");
            assertThat(again.message()).isEqualTo("not stored: the database did not answer in time");
            TestDatabase.at(DATABASE.url())
                    .execute("ALTER DATABASE %s ALLOW_CONNECTIONS true CONNECTION LIMIT -1"
                            .formatted(database.url().database()));
            org.awaitility.Awaitility.await()
                    .until(() -> waiting.publish("a", "4").status() == 200);
            assertThat(database.query("SELECT payload FROM events WHERE event_name = 'a'"))
                    .contains("1", "4")
                    .doesNotContain("3");
        }
    }
}
