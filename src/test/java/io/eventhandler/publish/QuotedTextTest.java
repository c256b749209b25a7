package io.eventhandler.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an answer says of a request is short, whatever the request says, and nothing of the parser's own. */
class QuotedTextTest {

    private static final String LONG = "x".repeat(900_000);
    private static final String HEADER = "x".repeat(6_000);
    private static final String CLOUD_EVENT = "application/cloudevents+json";
    private static final String EVENT = "{\"event_name\":\"a\",\"payload\":1%s}";

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static Answer post(String body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(replica.uri("/publish")).POST(BodyPublishers.ofString(body));
        if (!List.of(headers).contains("Content-Type")) {
            request.header("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return TestReplica.send(request);
    }

    private static String event(String members) {
        return EVENT.formatted("," + members);
    }

    static Stream<String> bodies() {
        String many = IntStream.range(0, 10_000)
                .mapToObj("\"unknown%d\":1"::formatted)
                .collect(Collectors.joining(","));
        return Stream.of(
                event("\"%s\":1".formatted(LONG)),
                event(many),
                event("\"%s\":1,\"%s\":1".formatted(LONG.substring(500_000), LONG.substring(500_000))),
                event("\"metadata\":{\"%s\":1}".formatted("k".repeat(15_000))),
                event("\"metadata\":{\"%s\":\"v\"}".formatted(LONG)),
                event("\"source\":\"%s\"".formatted(LONG)),
                event("\"idempotency_key\":\"%s\"".formatted(LONG)),
                "{\"event_name\":\"%s\",\"payload\":1}".formatted(LONG),
                "{\"event_name\":\"a\",\"payload\":1e%s}".formatted("9".repeat(900)),
                "{\"event_name\":\"a\",\"payload\":%s}".formatted("1".repeat(900_000)),
                "{\"event_name\":\"a\",\"payload\":%s}".formatted(LONG),
                LONG);
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void repeatsLittleOfABody(String body) {
        assertShort(post(body));
    }

    static Stream<String> cloudEvents() {
        String attributes = "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"t\",%s}";
        return Stream.of(
                "{\"specversion\":\"%s\"}".formatted(LONG),
                attributes.formatted("\"%s\":\"v\"".formatted(LONG)),
                attributes.formatted("\"%s\":{}".formatted(LONG)),
                attributes.formatted("\"%s\":\"\\u0001\"".formatted(LONG)),
                attributes.formatted("\"datacontenttype\":\"%s\"".formatted(LONG)),
                attributes.formatted("\"subject\":\"%s\"".formatted(LONG)));
    }

    @ParameterizedTest
    @MethodSource("cloudEvents")
    void repeatsLittleOfACloudEvent(String body) {
        assertShort(post(body, "Content-Type", CLOUD_EVENT));
    }

    @Test
    void repeatsLittleOfTheHeaders() {
        String body = EVENT.formatted("");
        assertShort(post(body, "Content-Type", HEADER));
        assertShort(post(body, "Content-Type", "application/json; charset=" + HEADER));
        assertShort(post(body, "Content-Encoding", HEADER));
        assertShort(post(body, "Idempotency-Key", HEADER));
        assertShort(post(body, "ce-specversion", HEADER));
        assertShort(post(body, "ce-specversion", "1.0", "Content-Type", HEADER));
        assertShort(post(body, "ce-specversion", "1.0", "ce-" + HEADER, "%"));
    }

    private static void assertShort(Answer answer) {
        assertThat(answer.status()).isBetween(400, 499);
        assertThat(answer.message()).hasSizeLessThan(500);
        assertSaysNothingOfTheParser(answer);
    }

    private static void assertSaysNothingOfTheParser(Answer answer) {
        assertThat(answer.message())
                .doesNotContain("Source", "`", "start marker", "Feature", "Constraints", "exception");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"event_name":"a","payload":   | the body is not valid JSON: Unexpected end-of-input
            {"event_name":"a","payload":[] | the body is not valid JSON: Unexpected end-of-input: expected close marker for Object at line 1
            {"event_name":"a","payload":[} | the body is not valid JSON: Unexpected close marker '}': expected ']' at line 1, column
            {"event_name":"a","payload":NaN} | the body is not valid JSON: Non-standard token 'NaN' at line 1, column
            {"event_name":"a","payload":01} | the body is not valid JSON: Invalid numeric value: Leading zeroes not allowed at line 1
            {"event_name":"a","payload":0x1} | the body is not valid JSON: Unexpected character ('x' (code 120
            {"event_name":"a","payload":'a'} | the body is not valid JSON: Unexpected character (''' (code 39
            /**/1 | the body is not valid JSON: Unexpected character ('/' (code 47
            """)
    void saysNothingOfTheParser(String body, String message) {
        Answer answer = post(body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.message()).startsWith(message);
        assertSaysNothingOfTheParser(answer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u001e",
                "\u0001",
                "\u00a0",
                "+1",
                ".5",
                "1.",
                "-",
                "tru",
                "\"\t\"",
                "\"\\x\"",
                "[1,]",
                "[1 2]",
                "{a:1}",
                "{\"a\" 1}"
            })
    void saysNothingOfTheParserOfOtherFaults(String payload) {
        Answer answer = post("{\"event_name\":\"a\",\"payload\":%s}".formatted(payload));
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertSaysNothingOfTheParser(answer);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void saysNothingOfTheParserOfItsLimits(int kind) {
        String payload = kind == 0 ? "[".repeat(20_000) + "]".repeat(20_000) : "1".repeat(1_001);
        Answer answer = post("{\"event_name\":\"a\",\"payload\":%s}".formatted(payload));
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.message())
                .startsWith("the body is beyond a limit: ")
                .endsWith("exceeds the maximum allowed (%d)".formatted(kind == 0 ? 10_000 : 1_000));
    }
}
