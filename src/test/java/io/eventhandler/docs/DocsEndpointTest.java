package io.eventhandler.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocsEndpointTest {

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(replica.uri(path));
    }

    @ParameterizedTest
    @CsvSource({"/openapi.json, application/json", "/asyncapi.json, application/json", "/docs, text/html;charset=utf-8"
    })
    void isServedOnceAndThenFoundUnchanged(String path, String type) {
        Answer answer = replica.get(path);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualToIgnoringCase(type);
        assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
        String etag = answer.header("ETag");

        Answer head = TestReplica.send(request(path).method("HEAD", BodyPublishers.noBody()));
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("ETag")).isEqualTo(etag);
        int length = answer.body().getBytes(StandardCharsets.UTF_8).length;
        assertThat(head.header("Content-Length")).isEqualTo(String.valueOf(length));
        assertThat(answer.header("Content-Length")).isEqualTo(String.valueOf(length));
        assertThat(head.header("Content-Type")).isEqualTo(answer.header("Content-Type"));

        for (String known : new String[] {etag, "\"other\", W/" + etag, "*"}) {
            Answer again = TestReplica.send(request(path).header("If-None-Match", known));
            assertThat(again.status()).isEqualTo(304);
            assertThat(again.header("ETag")).isEqualTo(etag);
            assertThat(again.body()).isEmpty();
        }
        Answer changed = TestReplica.send(request(path).header("If-None-Match", "\"other\""));
        assertThat(changed.body()).isEqualTo(answer.body());
    }

    @Test
    void theDocumentsCarryTheVersionOfTheBuild() throws Exception {
        String version = Files.readString(Path.of("pom.xml"))
                .replaceFirst("(?s).*?<artifactId>event-handler</artifactId>\\s*<version>([^<]+)<.*", "$1");
        for (String path : new String[] {"/openapi.json", "/asyncapi.json"}) {
            assertThat(replica.get(path).json().at("/info/version").stringValue())
                    .isEqualTo(version);
        }
    }
}
