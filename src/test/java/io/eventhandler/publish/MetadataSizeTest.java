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

/** Metadata are small, in whatever form they come. */
class MetadataSizeTest {

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create(), "MAX_METADATA_SIZE", "2KiB");
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static String event(int size) {
        String shell = "{\"k\":\"\"}";
        return "{\"event_name\":\"a\",\"payload\":1,\"metadata\":{\"k\":\"%s\"}}"
                .formatted("v".repeat(size - shell.length()));
    }

    @Test
    void ofAnEvent() {
        assertThat(replica.post(event(2_048)).status()).isEqualTo(200);
        Answer large = replica.post(event(2_049));
        assertThat(large.status()).isEqualTo(422);
        assertThat(large.message()).isEqualTo("metadata must be at most 2048 bytes as JSON, this one has 2049");
        assertThat(replica.post("[%s,%s]".formatted(event(20), event(5_000))).message())
                .isEqualTo("the event at index 1: metadata must be at most 2048 bytes as JSON, this one has 5000");
    }

    @Test
    void ofAnEventByDefault() {
        try (TestReplica byDefault = TestReplica.start(TestDatabase.create())) {
            assertThat(byDefault.post(event(16 << 10)).status()).isEqualTo(200);
            assertThat(byDefault.post(event((16 << 10) + 1)).status()).isEqualTo(422);
        }
    }

    @Test
    void ofACloudEvent() {
        String shell = "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"s\",\"type\":\"t\",\"ext\":\"%s\"}";
        int kept = "{\"ce-id\":\"a\",\"ext\":\"\"}".length();
        assertThat(publish(shell.formatted("a", "v".repeat(2_048 - kept))).status())
                .isEqualTo(200);
        for (int size : new int[] {2_049 - kept, 500_000}) {
            Answer large = publish(shell.formatted("b", "v".repeat(size)));
            assertThat(large.status()).isEqualTo(422);
            assertThat(large.message())
                    .isEqualTo(
                            "the attributes that are kept as metadata must be at most 2048 bytes as JSON, these have more");
        }
    }

    private static Answer publish(String cloudEvent) {
        return TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                .header("Content-Type", "application/cloudevents+json")
                .POST(BodyPublishers.ofString(cloudEvent)));
    }

    @Test
    void ofACloudEventInHeaders() {
        for (int size : new int[] {1_900, 2_048, 5_000}) {
            Answer answer = TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                    .header("Content-Type", "application/json")
                    .header("ce-specversion", "1.0")
                    .header("ce-id", "h" + size)
                    .header("ce-source", "s")
                    .header("ce-type", "t")
                    .header("ce-ext", "v".repeat(size))
                    .POST(BodyPublishers.ofString("1")));
            assertThat(answer.status()).isEqualTo(size == 1_900 ? 200 : 422);
        }
    }
}
