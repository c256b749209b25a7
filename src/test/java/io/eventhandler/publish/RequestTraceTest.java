package io.eventhandler.publish;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The headers {@code traceparent} and {@code tracestate} of a publish. */
class RequestTraceTest {

    private static final String PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    private static final String OTHER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-01";

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static Answer publish(String traceParent, String members) {
        return publish("traced", traceParent, members);
    }

    private static Answer publish(String name, String traceParent, String members) {
        return TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                .header("Content-Type", "application/json")
                .header("traceparent", traceParent)
                .POST(BodyPublishers.ofString("{\"event_name\":\"" + name + "\",\"payload\":1" + members + "}")));
    }

    private static String metadata(long id) {
        return String.valueOf(replica.get("/events/" + id).json().get("data").get("metadata"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                                    | {"traceparent":"%s"}
            ,"metadata":{}                        | {"traceparent":"%s"}
            ,"metadata":{ "a": "b" }              | {"a":"b","traceparent":"%s"}
            ,"metadata":{"traceparent":"own"}     | {"traceparent":"own"}
            """)
    void isKeptInTheMetadataUnlessTheyNameOne(String members, String stored) {
        long id = publish(PARENT, members).eventId();
        assertThat(metadata(id)).isEqualTo(stored.formatted(PARENT));
    }

    @Test
    void reachesSubscribersAtEveryReplica() {
        var subscriber = replica.connect();
        subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"traced.live\",\"metadata\":true}");
        subscriber.awaitPong();
        publish("traced.live", PARENT, "");
        assertThat(subscriber.nextJson().get("metadata").get("traceparent").stringValue())
                .isEqualTo(PARENT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"
            })
    void isIgnoredWhenItIsNotValid(String traceParent) {
        assertThat(metadata(publish(traceParent, "").eventId())).isEqualTo("null");
    }

    @Test
    void ofALaterVersionIsHandedOnInTheOneThatIsKnown() {
        long id = publish(PARENT.replaceFirst("00", "cc") + "-extra", "").eventId();
        assertThat(metadata(id)).isEqualTo("{\"traceparent\":\"%s\"}".formatted(PARENT));
    }

    private static Answer publish(String members, List<String> traceStates) {
        HttpRequest.Builder request = HttpRequest.newBuilder(replica.uri("/publish"))
                .header("Content-Type", "application/json")
                .header("traceparent", PARENT)
                .POST(BodyPublishers.ofString("{\"event_name\":\"traced\",\"payload\":1" + members + "}"));
        traceStates.forEach(state -> request.header("tracestate", state));
        return TestReplica.send(request);
    }

    private static String traceState(Answer answer) {
        var metadata = replica.get("/events/" + answer.eventId()).json().at("/data/metadata");
        assertThat(metadata.at("/traceparent").stringValue()).isEqualTo(PARENT);
        return metadata.path("tracestate").asString("none");
    }

    @Test
    void theStateIsKeptBesideIt() {
        assertThat(traceState(publish("", List.of("vendor=value")))).isEqualTo("vendor=value");
        assertThat(traceState(publish("", List.of("a=1, b=\\\"2", "c@d=3")))).isEqualTo("a=1,b=\\\"2,c@d=3");
        assertThat(traceState(publish(",\"metadata\":{\"tracestate\":\"own=1\"}", List.of("a=1"))))
                .isEqualTo("own=1");
    }

    @Test
    void aStateThatIsNotValidIsNone() {
        assertThat(traceState(publish("", List.of("nonsense")))).isEqualTo("none");
        assertThat(traceState(publish("", List.of("A B=1")))).isEqualTo("none");
    }

    @Test
    void aLongStateIsHandedOnInPart() {
        String large = "large=" + "x".repeat(200);
        assertThat(traceState(publish("", List.of("a=1," + large)))).isEqualTo("a=1," + large);
        String many = IntStream.range(0, 30)
                .mapToObj(n -> "key%02d=%s".formatted(n, "v".repeat(30)))
                .collect(joining(","));
        String kept = traceState(publish("", List.of("first=1," + large + "," + many)));
        assertThat(kept).startsWith("first=1,key00=").doesNotContain("large").hasSizeBetween(470, 512);
    }

    @Test
    void mayDifferWhenAPublishIsRepeated() {
        String key = ",\"idempotency_key\":\"traced\"";
        long id = publish(PARENT, key).eventId();
        Answer again = publish(OTHER, key);
        assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(again.eventId()).isEqualTo(id);
    }
}
