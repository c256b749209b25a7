package io.eventhandler.publish;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.Scrape;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Few bodies that stall just before their end, and hold all the memory, don't shut out the others. */
class StalledBodyTest {

    private static final int ROOM = 4 << 20;

    @Test
    void oneOfThemHasToGo() throws IOException {
        List<Socket> stalled = new ArrayList<>();
        try (TestReplica replica = TestReplica.start(
                TestDatabase.create(), "MAX_PENDING_SIZE", String.valueOf(ROOM), "BODY_TIMEOUT", "1h")) {
            for (int size : List.of(ROOM / 2, ROOM / 4, ROOM / 8, ROOM / 8)) {
                stalled.add(stall(replica, size));
            }
            await().until(() -> Scrape.of(replica).get("eventhandler_publish_held_bytes") > ROOM - 1_024);
            await().until(() -> replica.publish("stalled", "\"%s\"".formatted("x".repeat(1_024)))
                            .status()
                    == 200);
            await().untilAsserted(() -> assertThat(stalled)
                    .anySatisfy(socket ->
                            assertThat(socket.getInputStream().available()).isPositive()));
            assertThat(stalled).anySatisfy(socket -> {
                assertThat(socket.getInputStream().available()).isPositive();
                assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                        .startsWith("HTTP/1.1 408 ")
                        .contains("the body took too long");
            });
            for (Socket socket : stalled) {
                socket.close();
            }
            await().until(() -> Scrape.of(replica).get("eventhandler_publish_held_bytes") == 0);
            assertThat(Scrape.of(replica).get("eventhandler_publish_under_way")).isZero();
        } finally {
            for (Socket socket : stalled) {
                socket.close();
            }
        }
    }

    /** All but the last byte of a body. */
    private static Socket stall(TestReplica replica, int size) throws IOException {
        var socket =
                new Socket(InetAddress.getLoopbackAddress(), replica.service().port());
        socket.getOutputStream()
                .write(
                        ("POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                                        + size + "\r\n\r\n" + "[".repeat(size - 1))
                                .getBytes(US_ASCII));
        return socket;
    }
}
