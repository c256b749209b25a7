package io.eventhandler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.RoundRobinProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class CheckCommandTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private StringWriter err = new StringWriter();

    private int check(Duration timeout, String... arguments) {
        err = new StringWriter();
        var command = new CheckCommand(new PrintStream(out, true, StandardCharsets.UTF_8), timeout, () -> 3);
        return new CommandLine(command)
                .setErr(new PrintWriter(err, true))
                .setParameterExceptionHandler(new OneLineErrors())
                .setExecutionExceptionHandler(new OneLineErrors())
                .execute(arguments);
    }

    private int check(String... arguments) {
        return check(Duration.ofSeconds(20), arguments);
    }

    @Test
    void publishesAtOneReplicaAndReceivesAtAnother() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica one = TestReplica.start(database);
                TestReplica other = TestReplica.start(database);
                var proxy = new RoundRobinProxy(
                        List.of(one.service().port(), other.service().port()))) {
            String service = "http://127.0.0.1:" + proxy.port();
            assertThat(check(service + "/")).isZero();
            var event = one.get("/events?event_name=event-handler.check").json().get("data");
            assertThat(event).hasSize(1);
            assertThat(out)
                    .hasToString("event %s was published and received through %s%n"
                            .formatted(event.get(0).get("id"), service));
            assertThat(err).hasToString("");
        }
    }

    @Test
    void showsItsTokenAndSaysWhenItNeedsOne() {
        try (var replica = TestReplica.startGuarded(TestDatabase.create())) {
            String service = "http://127.0.0.1:" + replica.service().port();
            assertThat(check(service)).isEqualTo(1);
            assertThat(err.toString())
                    .contains("401")
                    .endsWith(": it needs a credential, give --token or set EVENT_HANDLER_TOKEN\n");
            assertThat(check(service, "--token", "wrong")).isEqualTo(1);
            assertThat(err.toString()).contains("401").doesNotContain("wrong", "--token");
            assertThat(check(service, "--token", TestReplica.ADMIN_KEY)).isZero();
        }
    }

    @Test
    void saysWhatFailed() throws Exception {
        try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String service = "http://127.0.0.1:" + silent.getLocalPort();
            assertThat(check(Duration.ofMillis(200), service)).isEqualTo(1);
            assertThat(err).hasToString("check: could not subscribe at " + service + " within 200 ms\n");
        }
        String nobody = "http://127.0.0.1:" + closedPort();
        assertThat(check(nobody)).isEqualTo(1);
        assertThat(err).hasToString("check: " + nobody + " can't be reached: Connection refused\n");
        for (String address :
                new String[] {"event-handler-service", "ftp://host", "http://", "http://a b", "http://h:port"}) {
            assertThat(check(address)).isEqualTo(2);
            assertThat(err.toString()).contains(address);
        }
        assertThat(check("--database", "http://host")).isEqualTo(2);
        assertThat(check("--database")).isEqualTo(3);
        assertThat(out.size()).isZero();
    }

    private static int closedPort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
