package io.eventhandler.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** CloudEvents on {@code POST /publish} that are at fault, and the corners of their binary mode. */
class CloudEventPublishTest {

    private static final String ONE = "application/cloudevents+json";
    private static final String BATCH = "application/cloudevents-batch+json";
    private static final String EVENT =
            "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/bad\",\"type\":\"a\",\"data\":1}";
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

    private static Answer post(String contentType, String body, String... headers) {
        var request = HttpRequest.newBuilder(replica.uri("/publish")).POST(BodyPublishers.ofString(body));
        if (!contentType.isEmpty()) {
            request.header("Content-Type", contentType);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return TestReplica.send(request);
    }

    private static void assertRefused(String contentType, String body, int status, String message, String... headers) {
        long head = DATABASE.queryLong("SELECT events_head()");
        Answer answer = post(contentType, body, headers);
        assertThat(answer.message()).startsWith(message);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(DATABASE.queryLong("SELECT events_head()")).isEqualTo(head);
    }

    /** A valid event with this member changed, or left out when the value is empty. */
    private static String with(String member, String value) {
        Map<String, String> members = new LinkedHashMap<>(
                Map.of("specversion", "\"1.0\"", "id", "\"1\"", "source", "\"/bad\"", "type", "\"a\"", "data", "1"));
        members.put(member, value);
        return members.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(entry -> "\"%s\":%s".formatted(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            specversion     |                           | specversion is missing, it must be 1.0
            specversion     | "0.3"                     | CloudEvents 0.3 is not supported: specversion must be 1.0
            specversion     | "2.0"                     | specversion must be 1.0, this one is '2.0'
            specversion     | 1.0                       | specversion must be a string, this one is a number
            subject         | "\\ud800"                  | \\ud800 is half of a surrogate pair
            ext             | "x\\udc00"                 | \\udc00 is half of a surrogate pair
            id              |                           | id is missing
            id              | null                      | id is missing
            id              | ""                        | id must not be empty
            id              | 7                         | id must be a string, this one is a number
            id              | "a\\u0007"                | id must not have control characters or noncharacters, there is one at position 1
            source          |                           | source is missing
            source          | ""                        | source must not be empty
            source          | "a b"                     | source must be a URI-reference (RFC 3986)
            source          | "/bü"                     | source must be a URI-reference (RFC 3986)
            source          | "1a:b"                    | source must be a URI-reference (RFC 3986)
            type            |                           | type is missing
            type            | ""                        | type must not be empty
            type            | "a b"                     | type is the event's name here: event_name must not have white space
            type            | "a..b"                    | type is the event's name here: event_name must not have an empty token, there is one at position 2
            time            | "yesterday"               | time must be as RFC 3339 has it, like 2018-04-05T17:31:00Z
            time            | "2018-04-05T17:31Z"       | time must be as RFC 3339 has it
            time            | "2018-04-05T17:31:00"     | time must be as RFC 3339 has it
            time            | "2018-02-30T17:31:00Z"    | time must be as RFC 3339 has it
            time            | 1522949460                | time must be a string, this one is a number
            subject         | ""                        | subject must not be empty
            dataschema      | "schema.json"             | dataschema must be a URI with a scheme (RFC 3986)
            dataschema      | ""                        | dataschema must be a URI with a scheme (RFC 3986)
            datacontenttype | "text/plain"              | datacontenttype must be JSON (application/json, */json or *+json), this one is 'text/plain'
            datacontenttype | "application/xml"         | datacontenttype must be JSON (application/json, */json or *+json), this one is 'application/xml'
            datacontenttype | "application/json; charset=latin1" | datacontenttype must have the charset UTF-8, or none
            data_base64     | "AAEC"                    | data_base64 is not supported: the data must be JSON, in the member data
            comExample      | "x"                       | 'comExample' is no attribute: a name has only the letters a to z and digits, and is not data
            com_example     | true                      | 'com_example' is no attribute
            payload-x       | "x"                       | 'payload-x' is no attribute
            ext             | {"a":[1]}                 | ext must be a string, a boolean or an integer of 32 bits, this one is an object
            ext             | [1]                       | ext must be a string, a boolean or an integer of 32 bits, this one is an array
            ext             | 1.5                       | ext must be a string, a boolean or an integer of 32 bits, this one is a number
            ext             | 2147483648                | ext must be a string, a boolean or an integer of 32 bits, this one is a number
            ext             | "\\u0000"                 | \\u0000 is not allowed in a string
            data            | {"a":"\\u0000"}           | \\u0000 is not allowed in a string
            """)
    void aBadEventGetsItsOwnErrorAndStoresNothing(String member, String value, String message) {
        String event = with(member, value == null ? "" : value);
        assertRefused(ONE, event, 422, message);
        String batch = Collections.nCopies(3, EVENT) + "";
        assertRefused(
                BATCH,
                batch.replaceFirst("]$", "," + event.replace("\\", "\\\\") + ",{}]"),
                422,
                "the event at index 3: " + message);
    }

    static Stream<Arguments> badBodies() {
        List<String> thousand = new ArrayList<>(Collections.nCopies(1_000, EVENT));
        thousand.set(777, with("id", ""));
        return Stream.of(
                Arguments.of(ONE, "", 400, "the body is empty, expected one CloudEvent, a JSON object"),
                Arguments.of(ONE, "{\"id\":", 400, "the body is not valid JSON"),
                Arguments.of(ONE, EVENT + EVENT, 400, "the body has something after the JSON value: an object"),
                Arguments.of(
                        ONE,
                        "[" + EVENT + "]",
                        422,
                        "the body must be one CloudEvent, a JSON object, this one is an array"),
                Arguments.of(ONE, with("id", "\"1\",\"id\":\"2\""), 422, "Duplicate Object property \"id\""),
                Arguments.of(
                        ONE,
                        with("id", "\"" + "é".repeat(129) + "\""),
                        422,
                        "id must be at most 256 bytes of UTF-8, this one has 258"),
                Arguments.of(
                        ONE,
                        with("source", "\"/" + "x".repeat(255) + "\""),
                        422,
                        "source must be at most 255 bytes of UTF-8, this one has 256"),
                Arguments.of(
                        ONE,
                        with("data", "[".repeat(101) + "]".repeat(101)),
                        422,
                        "the payload is nested more than 100 deep"),
                Arguments.of(
                        ONE,
                        with("data", "\"" + "x".repeat(1 << 20) + "\""),
                        413,
                        "the body must be at most 1048576 bytes"),
                Arguments.of(BATCH, EVENT, 422, "the body must be a JSON array of CloudEvents, this one is an object"),
                Arguments.of(BATCH, "[]", 422, "the batch is empty: it must have 1 to 1000 events"),
                Arguments.of(BATCH, "[" + EVENT + ",", 400, "the body is not valid JSON"),
                Arguments.of(
                        BATCH,
                        Collections.nCopies(1_001, EVENT).toString(),
                        422,
                        "a batch has at most 1000 events, this one has 1001"),
                Arguments.of(BATCH, thousand.toString(), 422, "the event at index 777: id is missing"),
                Arguments.of(BATCH, "[%s,7]".formatted(EVENT), 422, "the event at index 1: it must be a JSON object"),
                Arguments.of("application/cloudevents+json; charset=latin1", EVENT, 415, "the charset must be UTF-8"),
                Arguments.of(
                        "application/cloudevents+avro",
                        EVENT,
                        415,
                        "Content-Type must be application/json, or application/cloudevents+json or application/cloudevents-batch+json for CloudEvents, this one is 'application/cloudevents+avro'"));
    }

    @ParameterizedTest
    @MethodSource("badBodies")
    void aBadBodyGetsItsOwnErrorAndStoresNothing(String contentType, String body, int status, String message) {
        assertRefused(contentType, body, status, message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            application/json  | 1    | ce-specversion     | 0.3        | 422 | CloudEvents 0.3 is not supported: specversion must be 1.0
            application/json  | 1    | ce-id              | ``         | 422 | id must not be empty
            application/json  | 1    | ce-type            | a%20b      | 422 | type is the event's name here: event_name must not have white space
            application/json  | 1    | ce-subject         | %C0%A0     | 422 | the header ce-subject is not valid UTF-8 when percent-decoded
            application/json  | 1    | ce-subject         | 100%       | 422 | the header ce-subject has a % at position 3 without two hexadecimal digits behind it
            application/json  | 1    | ce-subject         | %4         | 422 | the header ce-subject has a % at position 0 without two hexadecimal digits behind it
            application/json  | 1    | ce-subject         | a%00b      | 422 | subject must not have control characters or noncharacters, there is one at position 1
            application/json  | 1    | ce-data            | x          | 422 | 'data' is no attribute
            application/json  | 1    | ce-com-example     | x          | 422 | 'com-example' is no attribute
            application/json  | 1    | ce-datacontenttype | text/plain | 422 | datacontenttype must be JSON
            application/json  | 1    | ce-datacontenttype | a/json     | 422 | the header ce-datacontenttype is not allowed: the Content-Type says what the data is
            application/json  | {    | ce-time            | x          | 400 | the body is not valid JSON
            application/json  | {} 1 | ce-ext             | x          | 400 | the body has something after the JSON value: a number
            ``                | 1    | ce-ext             | x          | 415 | Content-Type must be application/json, or application/cloudevents+json or application/cloudevents-batch+json for CloudEvents, this request has none
            text/plain        | 1    | ce-ext             | x          | 415 | the data of a CloudEvent must be JSON (Content-Type application/json, */json or *+json), this one is 'text/plain'
            application/cloudevents+avro | 1 | ce-ext     | x          | 415 | the data of a CloudEvent must be JSON
            """)
    void aBadHeaderGetsItsOwnErrorAndStoresNothing(
            String contentType, String body, String header, String value, int status, String message) {
        Map<String, String> headers =
                new LinkedHashMap<>(Map.of("ce-specversion", "1.0", "ce-id", "1", "ce-source", "/bad", "ce-type", "a"));
        headers.put(header, value);
        assertRefused(contentType, body, status, message, flat(headers));
    }

    private static String[] flat(Map<String, String> headers) {
        return headers.entrySet().stream()
                .flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
                .toArray(String[]::new);
    }

    @Test
    void inBinaryModeEachAttributeIsRequiredAndGivenOnce() {
        String[] all = {"ce-specversion", "1.0", "ce-id", "1", "ce-source", "/bad", "ce-type", "a"};
        for (int without = 2; without < all.length; without += 2) {
            List<String> headers = new ArrayList<>(List.of(all));
            headers.subList(without, without + 2).clear();
            assertRefused(
                    "application/json",
                    "1",
                    422,
                    all[without].substring(3) + " is missing",
                    headers.toArray(String[]::new));
        }
        List<String> twice = new ArrayList<>(List.of(all));
        twice.addAll(List.of("CE-ID", "2"));
        assertRefused(
                "application/json", "1", 422, "the header ce-id is given more than once", twice.toArray(String[]::new));
    }

    @Test
    void aHeaderThatIsNotPercentEncodedIsRefused() throws IOException {
        long head = DATABASE.queryLong("SELECT events_head()");
        try (var socket =
                new Socket(InetAddress.getLoopbackAddress(), replica.uri("/").getPort())) {
            socket.getOutputStream().write("""
                            POST /publish HTTP/1.1\r
                            Host: localhost\r
                            Connection: close\r
                            Content-Type: application/json\r
                            ce-specversion: 1.0\r
                            ce-id: 1\r
                            ce-source: /bad\r
                            ce-type: a\r
                            ce-subject: aü\r
                            Content-Length: 1\r
                            \r
                            1""".getBytes(StandardCharsets.UTF_8));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer)
                    .startsWith("HTTP/1.1 422")
                    .contains("the header ce-subject must be percent-encoded, it has U+");
        }
        assertThat(DATABASE.queryLong("SELECT events_head()")).isEqualTo(head);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            text/json; charset=utf-8 | [1,2] | plain%20and%e2%82%ac | [1, 2] | plain and€ | text/json; charset=utf-8
            ``                       | ``    | a b                  | null   | a b        |
            application/json         | ``    | "a \\"b\\\\ %41"      | null   | a "b\\ A   |
            application/a+json       | "x"   | a"b                  | "x"    | a"b        | application/a+json
            """)
    void binaryModeTakesOtherSpellings(
            String contentType, String body, String header, String payload, String subject, String kept) {
        Answer answer = post(
                contentType,
                body,
                flat(Map.of(
                        "CE-SpecVersion",
                        "1.0",
                        "Ce-Id",
                        payload + contentType,
                        "ce-source",
                        "/s",
                        "ce-type",
                        "binary",
                        "ce-subject",
                        header)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        var event = replica.get("/events/" + answer.eventId()).json().get("data");
        assertThat(event.get("payload").toString()).isEqualTo(payload.replace(" ", ""));
        assertThat(event.get("metadata").get("ce-subject").stringValue()).isEqualTo(subject);
        assertThat(event.get("metadata").path("ce-datacontenttype").stringValue(null))
                .isEqualTo(kept);
    }

    @Test
    void anArrayInBinaryModeIsOneEventWithTheLimitOfOne() {
        String[] headers = {"ce-specversion", "1.0", "ce-id", "1", "ce-source", "/s", "ce-type", "large"};
        String array = "[\"" + "x".repeat((1 << 20) - 4) + "\"]";
        assertThat(post("application/json", array, headers).status()).isEqualTo(200);
        assertRefused(
                "application/json", array + " ", 413, "the body must be at most 1048576 bytes, or 4194304", headers);
    }
}
