package io.eventhandler.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestEventSource;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** How long connections are kept between requests. */
class KeepAliveTest {

    private static Socket connect(TestReplica replica) throws IOException {
        var socket =
                new Socket(InetAddress.getLoopbackAddress(), replica.service().port());
        socket.setSoTimeout(15_000);
        return socket;
    }

    /** Reads up to the end of the connection. */
    private static String rest(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void whatIsIdleIsEndedAndWebSocketsAndStreamsAreNot() throws IOException {
        try (TestReplica replica =
                        TestReplica.start(TestDatabase.create(), "KEEP_ALIVE", "1s", "PING_INTERVAL", "10m");
                TestSubscriber subscriber = replica.subscribe("later");
                TestEventSource stream = new TestEventSource(replica.uri("/events/stream"), null)) {
            assertThat(stream.status()).isEqualTo(200);
            for (int round = 0; round < 2; round++) { // each takes KEEP_ALIVE
                try (Socket idle = connect(replica);
                        Socket used = connect(replica)) {
                    used.getOutputStream()
                            .write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                    assertThat(rest(used)).startsWith("HTTP/1.1 200 ").doesNotContain("Connection: close");
                    assertThat(rest(idle)).isEmpty();
                }
            }
            replica.publish("later", "1");
            assertThat(subscriber.next()).contains("later");
            assertThat(stream.await(1)).isNotEmpty();
        }
    }
}
