package io.eventhandler.cloudevents;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonFormat;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.TestSubscriber;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the official SDK writes and reads, through the whole service. */
class CloudEventsTest {

    private static final String ONE = "application/cloudevents+json";
    private static final String BATCH = "application/cloudevents-batch+json";
    private static final String SUBPROTOCOL = "cloudevents.json";
    private static final JsonFormat SDK = new JsonFormat();
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

    enum Mode {
        STRUCTURED,
        BATCHED,
        BINARY
    }

    /** An event with everything, one with what is required, and one with data that is an array. */
    private static List<CloudEvent> events(Mode mode) {
        String type = "mode." + mode;
        return List.of(
                CloudEventBuilder.v1()
                        .withId(mode + " № 1 \"quoted\\\" 100% 😀")
                        .withSource(URI.create("https://example.com/a/b;c?d=%C3%BC&e#f"))
                        .withType(type)
                        .withTime(OffsetDateTime.parse("2018-04-05T17:31:00.123456789+02:00"))
                        .withSubject("  Euro € 😀 %41 \"x\" ")
                        .withDataSchema(URI.create("https://example.com/schema.json#/definitions/a"))
                        .withExtension("comexampletext", "ünïcödé")
                        .withExtension("comexampleflag", true)
                        .withExtension("comexamplenumber", -2147483648)
                        .withExtension("averylongextensionnameofmorethan20", "")
                        .withExtension("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                        .withData(
                                "application/example+json; charset=UTF-8",
                                "{\"n\":1.50,\"text\":\"é😀\",\"list\":[null,true]}".getBytes(StandardCharsets.UTF_8))
                        .build(),
                CloudEventBuilder.v1()
                        .withId(mode + "-2")
                        .withSource(URI.create("urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66"))
                        .withType(type)
                        .build(),
                CloudEventBuilder.v1()
                        .withId(mode + "-3")
                        .withSource(URI.create("/sensors/tn-1234567/alerts"))
                        .withType(type)
                        .withData("application/json", "[1,2]".getBytes(StandardCharsets.UTF_8))
                        .build());
    }

    private static void publish(Mode mode, List<CloudEvent> events) {
        if (mode == Mode.BATCHED) {
            List<String> texts = events.stream()
                    .map(event -> new String(SDK.serialize(event), StandardCharsets.UTF_8))
                    .toList();
            Answer answer = send(HttpRequest.newBuilder(replica.uri("/publish"))
                    .header("Content-Type", BATCH)
                    .POST(BodyPublishers.ofString(texts.toString())));
            assertThat(answer.message()).isEqualTo("3 events published.");
            return;
        }
        for (CloudEvent event : events) {
            var request = HttpRequest.newBuilder(replica.uri("/publish"));
            var writer = HttpMessageFactory.createWriter(
                    (name, value) -> request.header(name, name.startsWith("ce-") ? encode(value) : value),
                    body -> request.POST(body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body)));
            if (mode == Mode.BINARY) {
                writer.writeBinary(event);
            } else {
                writer.writeStructured(event, SDK);
            }
            assertThat(send(request).message()).isEqualTo("Event '%s' published.".formatted(event.getType()));
        }
    }

    /** As section 3.1.3.2 of the HTTP binding has it, which this SDK leaves to its callers. */
    private static String encode(String value) {
        var encoded = new StringBuilder();
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            encoded.append(
                    b > ' ' && b <= '~' && b != '"' && b != '%' ? String.valueOf((char) b) : "%%%02x".formatted(b));
        }
        return encoded.toString();
    }

    private static Answer send(HttpRequest.Builder request) {
        Answer answer = TestReplica.send(request);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer;
    }

    private static Answer get(String path, String accept) {
        return send(HttpRequest.newBuilder(replica.uri(path)).header("Accept", accept));
    }

    private static TestSubscriber subscribe(String name, String... subprotocols) {
        TestSubscriber subscriber = replica.connect(subprotocols);
        subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"%s\"}".formatted(name));
        subscriber.awaitPong();
        return subscriber;
    }

    private static CloudEvent parse(String text) {
        return SDK.deserialize(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<CloudEvent> parseBatch(Answer answer) {
        assertThat(answer.header("Content-Type")).isEqualTo(BATCH);
        List<CloudEvent> events = new ArrayList<>();
        answer.json().forEach(event -> events.add(parse(event.toString())));
        return events;
    }

    private static void assertIs(CloudEvent received, CloudEvent sent) {
        Set<String> extensions = new HashSet<>(sent.getExtensionNames());
        extensions.add("sequence");
        assertThat(received.getExtensionNames()).isEqualTo(extensions);
        for (String name : sent.getExtensionNames()) {
            assertThat(received.getExtension(name))
                    .as(name)
                    .isEqualTo(String.valueOf(sent.getExtension(name))); // the canonical form of its value
        }
        for (String name : sent.getAttributeNames()) {
            assertThat(received.getAttribute(name)).as(name).isEqualTo(sent.getAttribute(name));
        }
        assertThat(received.getAttributeNames())
                .containsAll(Set.of("specversion", "id", "source", "type", "time", "datacontenttype"))
                .isSubsetOf(Stream.concat(sent.getAttributeNames().stream(), Stream.of("time", "datacontenttype"))
                        .toList());
        assertThat(data(received)).isEqualTo(data(sent));
    }

    private static JsonNode data(CloudEvent event) {
        return event.getData() == null
                ? JSON.nullNode()
                : JSON.readTree(event.getData().toBytes());
    }

    @ParameterizedTest
    @EnumSource
    void whatTheSdkPublishesIsWhatItReadsBack(Mode mode) {
        List<CloudEvent> sent = events(mode);
        String type = sent.getFirst().getType();
        TestSubscriber subscriber = subscribe(type, SUBPROTOCOL);
        publish(mode, sent);
        List<CloudEvent> history = parseBatch(get("/events?order=asc&event_name=" + type, BATCH));
        assertThat(history).hasSize(sent.size());
        for (int i = 0; i < sent.size(); i++) {
            CloudEvent live = parse(subscriber.next());
            assertIs(live, sent.get(i));
            assertIs(history.get(i), sent.get(i));
            Object sequence = live.getExtension("sequence");
            assertThat(sequence).asString().matches("\\d{19}");
            Answer one = get("/events/" + Long.parseLong(String.valueOf(sequence)), ONE);
            assertThat(one.header("Content-Type")).isEqualTo(ONE);
            assertIs(parse(one.body()), sent.get(i));
        }
    }

    @Test
    void aCloudEventIsAnEventToOthers() {
        TestSubscriber subscriber = subscribe("mapped");
        Answer answer = send(
                HttpRequest.newBuilder(replica.uri("/publish"))
                        .header("Content-Type", "Application/CloudEvents+JSON; charset=UTF-8")
                        .POST(
                                BodyPublishers.ofString(
                                        "{\"data\": {\"b\" : 1.50},\"type\":\"mapped\",\"source\":\"/s\",\"id\":\"7\",\"subject\":null,\"n\":null,\"time\":\"2018-04-05T17:31:00Z\",\"specversion\":\"1.0\",\"ok\":true,\"datacontenttype\":\"application/json\"}")));
        assertThat(subscriber.next()).isEqualTo("{\"event_name\":\"mapped\",\"payload\":{\"b\" : 1.50}}");
        JsonNode event =
                get("/events/" + answer.eventId(), "application/json").json().get("data");
        assertThat(event.get("source").stringValue()).isEqualTo("/s");
        assertThat(event.get("metadata"))
                .isEqualTo(JSON.readTree("{\"ce-id\":\"7\",\"ce-time\":\"2018-04-05T17:31:00Z\",\"ok\":\"true\"}"));
    }

    @Test
    void aPlainEventIsACloudEventToThoseWhoWantIt() {
        TestSubscriber plain = subscribe("plain");
        TestSubscriber first = subscribe("plain", SUBPROTOCOL);
        TestSubscriber second = subscribe("plain", SUBPROTOCOL);
        Answer answer = replica.post(
                "{\"event_name\":\"plain\",\"payload\":{\"a\":1},\"source\":\"Büro 3\",\"metadata\":{\"trace\":\"ä\",\"X-Not\":\"1\",\"subject\":\"s\"}}");
        CloudEvent event = parse(first.next());
        assertThat(parse(second.next())).isEqualTo(event);
        assertThat(plain.next()).isEqualTo("{\"event_name\":\"plain\",\"payload\":{\"a\":1}}");
        assertThat(event.getId()).isEqualTo(String.valueOf(answer.eventId()));
        assertThat(event.getSource()).isEqualTo(URI.create("B%C3%BCro%203"));
        assertThat(event.getType()).isEqualTo("plain");
        assertThat(event.getDataContentType()).isEqualTo("application/json");
        assertThat(event.getSubject()).isNull();
        assertThat(event.getExtensionNames()).containsExactlyInAnyOrder("sequence", "trace");
        assertThat(event.getExtension("trace")).isEqualTo("ä");
        assertThat(data(event)).isEqualTo(JSON.readTree("{\"a\":1}"));
        JsonNode stored = replica.get("/events/" + answer.eventId()).json().get("data");
        assertThat(event.getTime()).isEqualTo(stored.get("created_at").stringValue());
    }

    @Test
    void theSubprotocolIsNegotiated() {
        TestSubscriber several = subscribe("negotiated", "x.json", SUBPROTOCOL, "cloudevents.avro");
        TestSubscriber unknown = subscribe("negotiated", "cloudevents.avro");
        assertThat(several.socket().getSubprotocol()).isEqualTo(SUBPROTOCOL);
        assertThat(unknown.socket().getSubprotocol()).isEmpty();
        replica.publish("negotiated", "1");
        assertThat(parse(several.next()).getType()).isEqualTo("negotiated");
        assertThat(unknown.next()).isEqualTo("{\"event_name\":\"negotiated\",\"payload\":1}");
    }

    @Test
    void aPageOfCloudEventsLinksToTheNext() {
        for (int n = 0; n < 3; n++) {
            replica.publish("paged", String.valueOf(n));
        }
        Answer page = get("/events?event_name=paged&limit=2", BATCH);
        assertThat(parseBatch(page)).hasSize(2);
        assertThat(parseBatch(get(page.nextPage(), BATCH))).hasSize(1);
        assertThat(get("/events?event_name=none", BATCH).body()).isEqualTo("[]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            application/cloudevents-batch+json                             | true
            text/html, application/cloudevents-batch+json;q=0.1            | true
            application/json;q=0.5, application/cloudevents-batch+json     | true
            */*;q=0.1, application/CloudEvents-Batch+json; charset=utf-8   | true
            application/json, application/cloudevents-batch+json;q=0.5     | false
            */*                                                            | false
            application/cloudevents-batch+json;q=0                         | false
            text/html                                                      | false
            """)
    void theAcceptHeaderChooses(String accept, boolean cloudEvents) {
        Answer answer = get("/events?limit=1", accept);
        assertThat(answer.json().isArray()).isEqualTo(cloudEvents);
        assertThat(answer.header("Content-Type")).isEqualTo(cloudEvents ? BATCH : "application/json");
        assertThat(answer.header("Vary")).isEqualTo("Accept");
    }
}
