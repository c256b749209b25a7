package io.eventhandler.web;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.access.Access;
import io.eventhandler.activity.ActivityLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Why a server can't listen is said in the terms of its settings. */
class BindFaultTest {

    private static void start(String host, int port) {
        var options = new WebServer.Options(host, port, Duration.ofSeconds(10), Duration.ofMinutes(1));
        new WebServer(
                        options,
                        new ActivityLog(),
                        Access.OPEN,
                        new Origins(Set.of()),
                        new SelectorExecutor(),
                        Runnable::run,
                        List.of())
                .start();
    }

    @Test
    void anAddressOfAnotherMachineIsNotAPortInUse() {
        assertThatThrownBy(() -> start("203.0.113.9", 0)) // RFC 5737: nobody's
                .hasMessage("HOST '203.0.113.9' is no address of this machine: Cannot assign requested address");
    }

    @Test
    void aNameThatIsNone() {
        assertThatThrownBy(() -> start("no-such-host.invalid", 0))
                .hasMessage("HOST 'no-such-host.invalid' is no address, and no name that has one");
    }

    @Test
    void aPortInUse() throws IOException {
        try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> start("127.0.0.1", other.getLocalPort()))
                    .hasMessage("port %d of 127.0.0.1 is in use by another process".formatted(other.getLocalPort()));
        }
    }
}
