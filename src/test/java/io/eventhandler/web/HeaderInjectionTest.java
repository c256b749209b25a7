package io.eventhandler.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.RawHttp;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client sends ends no line of an answer, wherever an answer repeats it. */
class HeaderInjectionTest {

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create(), "ALLOWED_ORIGINS", "https://app.example.com");
        for (int i = 0; i < 3; i++) {
            replica.publish("a", "1");
        }
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    /** {@code \r} and {@code \n} stand for themselves. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /events?event_name=a%0d%0aInjected:%201",
                "GET /events?limit=1&source=a%0d%0aInjected:%201",
                "GET /events?limit=1&event_name=a&source=%0aInjected:1",
                "GET /events?limit=1&payload=%7B%22a%22:%22%0d%0aInjected:1%22%7D",
                "GET /events/1%0d%0aInjected:%201",
                "GET /%0d%0aInjected:%201",
                "GET /events/stream?epoch=%0d%0aInjected:%201&after=0",
                "GET /events/stream?event_name=a%0d%0aInjected:%201",
                "GET /events?limit=1\rInjected: 1",
                "GET /events HTTP/1.1\r\nOrigin: https://app.example.com\rInjected: 1",
                "GET /events HTTP/1.1\r\nOrigin: https://app.example.com\n\tInjected: 1",
                "GET /events HTTP/1.1\r\nAccept: application/json\rInjected: 1",
                "GET /events HTTP/1.1\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\rInjected: 1",
                "GET /events HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1\rInjected: 1",
                "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: eventhandler\rInjected: 1",
                "OPTIONS /events HTTP/1.1\r\nOrigin: https://app.example.com\r\nAccess-Control-Request-Method: GET\r\n"
                        + "Access-Control-Request-Headers: a\rInjected: 1",
                "POST /publish HTTP/1.1\r\nContent-Type: text/plain\rInjected: 1\r\nContent-Length: 0",
                "POST /publish HTTP/1.1\r\nContent-Type: application/json\r\nIdempotency-Key: a\rInjected: 1\r\nContent-Length: 0"
            })
    void noLineOfTheAnswerIsTheClients(String request) {
        String line = request.contains(" HTTP/1.1") ? request : request + " HTTP/1.1";
        RawHttp.Answer answer =
                RawHttp.send(replica.service().port(), line + "\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(answer.headers()).doesNotContainKey("Injected");
        assertThat(answer.headers().values()).noneMatch(value -> value.contains("\r") || value.contains("\n"));
        if (answer.status() >= 400) {
            assertThat(answer.json().get("status").stringValue()).isEqualTo("error");
        }
    }
}
