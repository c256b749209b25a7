package io.eventhandler.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every answer is in the envelope, whoever gives it. */
class WebServerTest {

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /, 404, there is nothing at /",
        "GET, /nope/at/all, 404, there is nothing at /nope/at/all",
        "GET, /publish, 405, /publish does not take GET",
        "DELETE, /events, 405, /events does not take DELETE",
        "PATCH, /publish, 405, /publish does not take PATCH"
    })
    void anUnknownPathOrMethod(String method, String path, int status, String message) {
        Answer answer =
                TestReplica.send(HttpRequest.newBuilder(replica.uri(path)).method(method, BodyPublishers.noBody()));
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.message()).isEqualTo(message);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NONSENSE\r\n\r\n",
                "GET /events HTTP/9.9\r\nHost: localhost\r\n\r\n",
                "GET /%%% HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /events HTTP/1.1\r\n\r\n",
                "GET /long-LONG HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n",
                "TRACE /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            })
    void whatTheServerRefusesByItself(String request) throws IOException {
        try (var socket =
                new Socket(InetAddress.getLoopbackAddress(), replica.service().port())) {
            socket.setSoTimeout(5_000);
            String sent = request.replace("LONG", "x".repeat(20_000));
            socket.getOutputStream().write(sent.getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).matches("(?s)HTTP/1\\.1 (4|5)\\d\\d .*");
            JsonNode body = new JsonMapper().readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
            assertThat(body.get("status").stringValue()).isEqualTo("error");
            assertThat(body.get("message").stringValue()).isNotEmpty();
            assertThat(body.get("data").isNull()).isTrue();
        }
    }

    @Test
    void healthSaysWhatItChecked() {
        assertThat(replica.get("/health/live").body())
                .isEqualTo("{\"status\":\"ok\",\"message\":\"alive\",\"data\":{\"appender\":\"ok\",\"tail\":\"ok\"}}");
        await().untilAsserted(
                        () -> assertThat(replica.get("/health/ready").body()).isEqualTo("""
                        {"status":"ok","message":"ready","data":{"append":"ok","database":"ok","schema":"ok","service":"ok","tail":"ok","wakeup":"ok: listening"}}"""));
    }
}
