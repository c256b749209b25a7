package io.eventhandler.subscribe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.access.Principal;
import io.eventhandler.eventlog.epoch.LogEpoch;
import io.eventhandler.limits.ClientLimits;
import io.eventhandler.service.Environment;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.tail.LogReset;
import io.eventhandler.web.ClientAddress;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OpenConnectionsTest {

    private record Checked(AtomicInteger checks, boolean fails, boolean hasEnded) implements SubscriberConnection {

        @Override
        public Transport transport() {
            return Transport.WEBSOCKET;
        }

        @Override
        public int subscriptions() {
            return 0;
        }

        @Override
        public long heldBytes() {
            return 0;
        }

        @Override
        public void makeRoom() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void check(long nowNanos) {
            checks.incrementAndGet();
            if (fails) {
                throw new AssertionError("a connection in a state that it can't be in");
            }
        }

        @Override
        public void end(int code, String reason) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ConnectionIdentity identity() {
            return new ConnectionIdentity(Principal.ANYBODY, new ClientAddress("127.0.0.1:1", "127.0.0.1"));
        }

        @Override
        public void reset(LogReset reset) {
            throw new UnsupportedOperationException();
        }
    }

    private static OpenConnections connections() {
        var limits =
                SubscriberLimits.read(new SettingsReader(Environment.of(Map.of("PING_INTERVAL", "50ms"))), 1 << 20);
        return new OpenConnections(
                limits,
                new LogEpoch(),
                token -> Principal.ANYBODY,
                new ClientLimits(0, 0, 0, 0, 0),
                new SimpleMeterRegistry());
    }

    @Test
    void oneWhoseClientLeftBeforeItWasTakenInDoesNotStay() {
        OpenConnections connections = connections();
        connections.add(new Checked(new AtomicInteger(), false, true));
        assertThat(connections.count(Transport.WEBSOCKET)).isZero();
    }

    @Test
    void oneThatCanNotBeLookedAfterIsNotTheOthersConcern() {
        OpenConnections connections = connections();
        var broken = new Checked(new AtomicInteger(), true, false);
        var sound = new Checked(new AtomicInteger(), false, false);
        connections.add(broken);
        connections.add(sound);
        connections.start();
        try {
            await().until(() -> broken.checks().get() > 2 && sound.checks().get() > 2);
        } finally {
            connections.remove(broken);
            connections.remove(sound);
            connections.stop();
        }
    }
}
