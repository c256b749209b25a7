package io.eventhandler.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.Gzip;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The header {@code Content-Encoding} of a publish. */
class CompressedBodyTest {

    private static final String EVENT = "{\"event_name\":\"compressed\",\"payload\":1}";
    private static final int LARGEST = 4 << 20;

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static Answer post(byte[] body, String header, String value) {
        return TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                .header("Content-Type", "application/json")
                .header(header, value)
                .POST(BodyPublishers.ofByteArray(body)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "GZIP", "x-gzip"})
    void aCompressedBodyIsTaken(String coding) {
        assertThat(post(Gzip.of(EVENT), "Content-Encoding", coding).status()).isEqualTo(200);
    }

    @Test
    void aCompressedBodyCountsAsWhatItIsDecompressedTo() {
        Answer bomb = post(Gzip.of("[" + " ".repeat(LARGEST)), "Content-Encoding", "gzip");
        assertThat(bomb.status()).isEqualTo(413);
        assertThat(bomb.message())
                .isEqualTo(
                        "the body must be at most 1048576 bytes, or 4194304 for a batch, this one has more, decompressed");
        Answer event = post(Gzip.of(" ".repeat(1 << 20) + EVENT), "Content-Encoding", "gzip");
        assertThat(event.status()).isEqualTo(413);
        Answer batch =
                post(Gzip.of("[" + EVENT + " ".repeat(LARGEST - EVENT.length() - 2) + "]"), "Content-Encoding", "gzip");
        assertThat(batch.status()).as(batch.body()).isEqualTo(200);
    }

    @Test
    void anotherCodingIsRefusedWithTheOneThatIsTaken() {
        for (String coding : List.of("br", "deflate", "zstd", "gzip, gzip", "x".repeat(1_000))) {
            Answer answer = post(EVENT.getBytes(UTF_8), "Content-Encoding", coding);
            assertThat(answer.status()).isEqualTo(415);
            assertThat(answer.header("Accept-Encoding")).isEqualTo("gzip");
            assertThat(answer.message())
                    .startsWith("Content-Encoding must be gzip, or left out, this one is '" + coding.substring(0, 2))
                    .hasSizeLessThan(500);
        }
        assertThat(post(EVENT.getBytes(UTF_8), "Content-Encoding", "identity").status())
                .isEqualTo(200);
    }

    @Test
    void whatIsNoGzipIsMalformed() {
        byte[] whole = Gzip.of(EVENT);
        for (int size = 0; size < whole.length; size++) {
            Answer answer = post(Arrays.copyOf(whole, size), "Content-Encoding", "gzip");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.message()).isEqualTo("the body is not valid gzip");
        }
    }
}
