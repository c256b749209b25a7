package io.eventhandler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.testing.RoundRobinProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CheckTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int check(String service, Duration timeout) throws InterruptedException {
        return check(service, null, timeout);
    }

    private int check(String service, @Nullable String token, Duration timeout) throws InterruptedException {
        return new Check(service, token, timeout)
                .run(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void publishesAtOneReplicaAndReceivesAtAnother() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (TestReplica one = TestReplica.start(database);
                TestReplica other = TestReplica.start(database);
                var proxy = new RoundRobinProxy(
                        List.of(one.service().port(), other.service().port()))) {
            String service = "http://127.0.0.1:" + proxy.port();
            assertThat(check(service + "/", Duration.ofSeconds(20))).isZero();
            var event = one.get("/events?event_name=event-handler.check").json().get("data");
            assertThat(event).hasSize(1);
            assertThat(out)
                    .hasToString("event %s was published and received through %s%n"
                            .formatted(event.get(0).get("id"), service));
            assertThat(err.size()).isZero();
        }
    }

    @Test
    void showsItsTokenAndSaysWhenItNeedsOne() throws Exception {
        String adminKey = TestReplica.ADMIN_KEY;
        try (var replica = TestReplica.start(TestDatabase.create(), "AUTH", "required", "ADMIN_KEY", adminKey)) {
            String service = "http://127.0.0.1:" + replica.service().port();
            assertThat(check(service, Duration.ofSeconds(20))).isEqualTo(1);
            assertThat(err).asString().endsWith("it answered 401: it needs a credential, set EVENT_HANDLER_TOKEN\n");
            err.reset();
            assertThat(check(service, "wrong", Duration.ofSeconds(20))).isEqualTo(1);
            assertThat(err).asString().endsWith("it answered 401\n");
            assertThat(check(service, adminKey, Duration.ofSeconds(20))).isZero();
        }
        assertThatThrownBy(() -> new Check("http://host", "sec\nret", Duration.ofSeconds(1)))
                .hasMessage("EVENT_HANDLER_TOKEN must be printable ASCII without spaces");
    }

    @Test
    void saysWhatFailed() throws Exception {
        try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String service = "http://127.0.0.1:" + silent.getLocalPort();
            assertThat(check(service, Duration.ofMillis(200))).isEqualTo(1);
            assertThat(err).asString().startsWith("could not connect to ws").endsWith("/ws within 200 ms\n");
        }
        err.reset();
        assertThat(check("http://127.0.0.1:" + closedPort(), Duration.ofSeconds(20)))
                .isEqualTo(1);
        assertThat(err)
                .asString()
                .startsWith("could not connect to ws://127.0.0.1")
                .contains("ConnectException");
        assertThat(out.size()).isZero();
    }

    @Test
    void takesOnlyAnHttpAddress() {
        for (String address :
                new String[] {"event-handler-service", "ftp://host", "http://", "http://a b", "http://h:port"}) {
            assertThatThrownBy(() -> new Check(address, null, Duration.ofSeconds(1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(address);
        }
    }

    private static int closedPort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
