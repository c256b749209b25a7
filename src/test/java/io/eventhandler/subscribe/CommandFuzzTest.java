package io.eventhandler.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.Fuzzing;
import io.eventhandler.testing.RawWebSocket;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whatever a client sends on {@code /ws} is answered, and the next message is taken. */
class CommandFuzzTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static String error(String message) {
        try (TestSubscriber subscriber = replica.connect()) {
            subscriber.send(message);
            JsonNode answer = subscriber.nextJson();
            assertThat(answer.get("status").stringValue()).isEqualTo("error");
            subscriber.awaitPong();
            return answer.get("message").stringValue();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"action":"\\ud800"}                                                         | unknown action '\ufffd': an action is
            {"action":"subscribe","event_name":"\\ud800"}                                | event_name: \\ud800 is half of a surrogate pair
            {"action":"subscribe","event_name":"a\\u0000"}                               | event_name: \\u0000 is not allowed
            {"action":"subscribe","event_names":["a","b\\udc00"]}                        | event_names[1]: \\udc00 is half of a surrogate pair
            {"action":"unsubscribe","event_name":"\\udfff.a"}                            | event_name: \\udfff is half of a surrogate pair
            {"action":"subscribe","event_name":"a","after":1,"epoch":"\\ud800"}          | epoch: \\ud800 is half of a surrogate pair
            {"action":"subscribe","event_name":"a","request_id":"\\ud800"}               | request_id must be a string of at most 255 characters
            {"action":"unsubscribe","event_name":"a","request_id":"\\ud800x"}            | request_id must be a string of at most 255 characters
            {"action":"dance","request_id":"\\ud800"}                                    | unknown action 'dance'
            {"action":"ping","\\ud800":1}                                                | the message is not valid JSON: Broken surrogate pair in property name
            {"action":"subscribe","event_name":"a","after":1e999999999}                  | after must be a whole number from 0 to the head
            {"action":"subscribe","event_name":"a","after":-1e999999999}                 | after must be a whole number from 0 to the head
            {"action":"subscribe","event_name":"a","last":1e-999999999}                  | last must be a whole number from 1 to 1000
            {"action":"subscribe","event_name":"a","last":"\\ud800"}                     | last must be a whole number from 1 to 1000
            {"action":"subscribe","event_name":"a","after":1,"after":2}                  | the message is not valid JSON: Duplicate
            {"action":"subscribe","event_name":"a","metadata":NaN}                       | the message is not valid JSON
            {"action":"subscribe","event_name":{"a":[[[[[[[[[[[[1]]]]]]]]]]]]}}          | the message is beyond a limit
            """)
    void whatCantBeIsRefused(String message, String answer) {
        assertThat(error(message)).startsWith(answer);
    }

    @Test
    void whatIsLargeIsRefusedInFewWords() {
        String large = "x".repeat(100_000);
        assertThat(error("{\"action\":\"" + large + "\"}")).hasSizeLessThan(500);
        assertThat(error("{\"action\":\"ping\",\"" + large.substring(0, 40_000) + "\":1}"))
                .hasSizeLessThan(500);
        assertThat(error("{\"action\":\"subscribe\",\"event_name\":\"" + large + "\"}"))
                .hasSizeLessThan(500);
        assertThat(error("{\"action\":\"subscribe\",\"event_name\":\"a\",\"after\":\"" + large + "\"}"))
                .hasSizeLessThan(500);
        assertThat(error("{\"action\":\"subscribe\",\"event_name\":\"a\",\"after\":" + "7".repeat(10_000) + "}"))
                .startsWith("the message is beyond a limit")
                .hasSizeLessThan(500);
        assertThat(error("[".repeat(100_000))).startsWith("the message is beyond a limit");
        assertThat(error("{\"action\":\"ping\",\"a\":[" + "{},".repeat(100_000) + "{}]}"))
                .startsWith("the message is beyond a limit");
        assertThat(error(large)).startsWith("the message is not valid JSON").hasSizeLessThan(500);
        try (TestSubscriber subscriber = replica.connect()) {
            subscriber.send("{\"action\":\"dance\",\"request_id\":\"" + large + "\"}");
            assertThat(subscriber.next()).hasSizeLessThan(500);
        }
    }

    @Test
    void noMessageTellsOfTheParser() {
        for (String message : new String[] {
            "{\"action\":tru}",
            "{\"action\":\"a\" \"b\"}",
            "{\"a\":01}",
            "{\"a\":1.}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\t\"}",
            "{",
            "{\"a\":\"b",
            "{\"action\":\"ping\"} {}"
        }) {
            assertThat(error(message))
                    .startsWith("the message is not valid JSON: ")
                    .doesNotContain(
                            "Source",
                            "REDACTED",
                            "StreamRead",
                            "Jackson",
                            "java.",
                            "JsonReadFeature",
                            "JsonToken",
                            "Deserialization")
                    .matches("(?s).* at line \\d+, column \\d+");
        }
    }

    @Test
    void whateverIsSentIsACommandOrSaysWhatIsWrong() {
        List<String> samples = List.of(
                "{\"action\":\"subscribe\",\"event_name\":\"a.*\",\"after\":1,\"epoch\":\"e\",\"metadata\":true,\"request_id\":\"r\"}",
                "{\"action\":\"subscribe\",\"event_names\":[\"a\",\"b.>\"],\"last\":5}",
                "{\"action\":\"unsubscribe\",\"event_name\":\"a\"}",
                "{\"action\":\"authenticate\",\"token\":\"t\"}");
        Fuzzing.run(samples, (input, mutations) -> {
            if (CommandParser.parse(new String(input, StandardCharsets.UTF_8)) instanceof Command.Invalid invalid) {
                Fuzzing.assertSayable(invalid.reason());
            }
        });
    }

    /** Pieces of commands in any order: each message is answered, or silently done, and the connection lives. */
    @Test
    void anyMixOfPiecesIsAnsweredAndTheConnectionLives() throws IOException {
        String[] pieces = {
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"action\"",
            "\"subscribe\"",
            "\"unsubscribe\"",
            "\"ping\"",
            "\"event_name\"",
            "\"event_names\"",
            "\"after\"",
            "\"last\"",
            "\"metadata\"",
            "\"request_id\"",
            "\"a.b\"",
            "\"*\"",
            "\">\"",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "0",
            "1",
            "-1",
            "1e400",
            "1.5",
            "99999999999999999999",
            "true",
            "null",
            "{}",
            "[]",
            "\"\"",
            " "
        };
        var random = new Random(7);
        try (var socket = new RawWebSocket(replica.service().port(), 0)) {
            for (int n = 0; n < 2_000; n++) {
                var message = new StringBuilder();
                if (random.nextInt(3) > 0) {
                    message.append("{\"action\":\"")
                            .append(random.nextBoolean() ? "subscribe" : "unsubscribe")
                            .append('"');
                    for (int member = random.nextInt(4); member > 0; member--) {
                        message.append(',')
                                .append(pieces[10 + random.nextInt(6)])
                                .append(':')
                                .append(pieces[16 + random.nextInt(pieces.length - 17)]);
                    }
                    message.append('}');
                } else {
                    for (int piece = random.nextInt(12); piece >= 0; piece--) {
                        message.append(pieces[random.nextInt(pieces.length)]);
                    }
                }
                socket.sendText(message.toString());
                socket.sendText("{\"action\":\"ping\"}");
                String answer = socket.receive().text();
                while (!answer.contains("pong")) {
                    JsonNode json = JSON.readTree(answer);
                    assertThat(json.has("message") || json.has("event_name"))
                            .as(answer)
                            .isTrue();
                    answer = socket.receive().text();
                }
            }
        }
    }
}
