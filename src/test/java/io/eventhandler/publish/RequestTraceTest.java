package io.eventhandler.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The header {@code traceparent} of a publish. */
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
        return TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                .header("traceparent", traceParent)
                .POST(BodyPublishers.ofString("{\"event_name\":\"traced\",\"payload\":1" + members + "}")));
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
        subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"traced\",\"metadata\":true}");
        subscriber.awaitPong();
        publish(PARENT, "");
        assertThat(subscriber.nextJson().get("metadata").get("traceparent").stringValue())
                .isEqualTo(PARENT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"
            })
    void isIgnoredWhenItIsNotValid(String traceParent) {
        assertThat(metadata(publish(traceParent, "").eventId())).isEqualTo("null");
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
