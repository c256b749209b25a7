package io.eventhandler.subscribe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.RawWebSocket;
import io.eventhandler.testing.Scrape;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many clients that resume far behind and read slowly cost a bound, and nobody else notices. */
class SlowResumeTest {

    private static final int CLIENTS = 200;
    private static final int EVENTS = 64;
    private static final int SIZE = 64 << 10; // four mebibytes for each client, more than its socket takes

    private static final int STUCK = 4;
    private static final int FLOOD = 60; // events for each of them

    private static final int FIRST = 2; // behind the replica's own event of its start

    private static void publish(TestReplica replica, int events) {
        String payload = "\"" + "x".repeat(SIZE) + "\"";
        for (int i = 0; i < events; i++) {
            replica.publish("missed", payload);
        }
    }

    private static double held(TestReplica replica) {
        return Scrape.of(replica).get("eventhandler_outbound_bytes");
    }

    /** From the ring of recent events, and from the table when that is too small for them. */
    @ParameterizedTest
    @ValueSource(strings = {"64MiB", "1MiB"})
    void allGetEverythingWithinTheBound(String recentSize) throws Exception {
        try (TestReplica replica =
                        TestReplica.start(TestDatabase.create(), "OUTBOUND_SIZE", "4MiB", "RECENT_SIZE", recentSize);
                TestSubscriber live = replica.subscribe("fresh")) {
            double capacity = Scrape.of(replica).get("eventhandler_outbound_capacity_bytes");
            assertThat(capacity).isEqualTo(4 << 20);
            publish(replica, EVENTS);
            List<RawWebSocket> clients = new ArrayList<>();
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < CLIENTS; i++) {
                    var client = new RawWebSocket(replica.service().port(), 4_096);
                    client.sendText("{\"action\":\"subscribe\",\"event_name\":\"missed\",\"after\":%d}"
                            .formatted(FIRST - 1 + i % 3));
                    clients.add(client);
                }
                await().until(() -> Scrape.of(replica).get("eventhandler_replays_active") > CLIENTS / 2);
                for (int n = 0; n < 20; n++) {
                    replica.publish("fresh", String.valueOf(n));
                    assertThat(live.nextJson().get("payload").intValue()).isEqualTo(n);
                    assertThat(held(replica)).isLessThan(capacity);
                }
                List<Future<Integer>> received = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    received.add(threads.submit(reading(clients.get(i), FIRST + i % 3)));
                }
                for (Future<Integer> each : received) {
                    assertThat(each.get()).isEqualTo(FIRST + EVENTS);
                }
            } finally {
                for (RawWebSocket client : clients) {
                    client.close();
                }
            }
            assertThat(Scrape.of(replica).get("eventhandler_slow_consumers_total{transport=\"websocket\"}"))
                    .isZero();
            await().until(() -> held(replica) == 0);
        }
    }

    /** Reads all events up to the last; returns the id behind it. */
    private static Callable<Integer> reading(RawWebSocket client, int firstId) {
        return () -> {
            int expected = firstId;
            while (expected < FIRST + EVENTS) {
                RawWebSocket.Frame frame = client.receive();
                if (frame.opcode() == 1) {
                    assertThat(frame.text()).contains("\"id\":" + expected + ",");
                    expected++;
                }
            }
            return expected;
        };
    }

    @Test
    void whoHoldsMostIsEndedWhenTheMemoryForAllIsNeeded() throws IOException {
        try (TestReplica replica = TestReplica.start(TestDatabase.create(), "OUTBOUND_SIZE", "4MiB");
                TestSubscriber good = replica.subscribe(">")) {
            List<RawWebSocket> stuck = new ArrayList<>();
            for (int i = 0; i < STUCK; i++) {
                var client = new RawWebSocket(replica.service().port(), 4_096);
                client.sendText("{\"action\":\"subscribe\",\"event_name\":\"flood.%d\"}".formatted(i));
                client.sendText("{\"action\":\"ping\"}");
                assertThat(client.receive().text()).contains("pong");
                stuck.add(client);
            }
            String payload = "\"" + "x".repeat(100_000) + "\"";
            for (int n = 0; n < STUCK * FLOOD; n++) {
                replica.publish("flood." + n % STUCK, payload);
            }
            good.awaitMessages(STUCK * FLOOD);
            await().until(() -> held(replica) <= (3 << 20));
            assertThat(Scrape.of(replica).get("eventhandler_slow_consumers_total{transport=\"websocket\"}"))
                    .isPositive();
            for (RawWebSocket client : stuck) {
                assertThat(receivesAllOrIsEnded(client)).isTrue();
                client.close();
            }
        }
    }

    private static boolean receivesAllOrIsEnded(RawWebSocket client) {
        try {
            for (int events = 0; events < FLOOD; events++) {
                RawWebSocket.Frame frame = client.receive();
                if (frame.opcode() == 8) {
                    return frame.closeCode() == 4008 && frame.text().startsWith("slow consumer after=");
                }
            }
            return true;
        } catch (IOException e) {
            return true; // it was cut, as it had not read its end in time
        }
    }

    @Test
    void halfReceivedMessagesAreBoundedTogether() throws IOException {
        try (TestReplica replica = TestReplica.start(TestDatabase.create(), "OUTBOUND_SIZE", "4MiB")) {
            List<RawWebSocket> clients = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                var client = new RawWebSocket(replica.service().port(), 0);
                client.send(1, false, "{\"action\":\"".repeat(8_000).getBytes(java.nio.charset.StandardCharsets.UTF_8));
                clients.add(client);
            }
            RawWebSocket.Frame frame = firstFrame(clients); // of whichever came last at the server
            assertThat(frame.opcode()).isEqualTo(8);
            assertThat(frame.closeCode()).isEqualTo(1013);
            replica.connect().awaitPong(); // a small one is taken
            for (RawWebSocket client : clients) {
                client.close();
            }
            await().until(() -> {
                try (var large = new RawWebSocket(replica.service().port(), 0)) {
                    large.sendText("{\"action\":\"" + "x".repeat(100_000) + "\"}");
                    return large.receive().text().contains("unknown action");
                }
            });
        }
    }

    private static RawWebSocket.Frame firstFrame(List<RawWebSocket> clients) {
        var first = new CompletableFuture<RawWebSocket.Frame>();
        for (RawWebSocket client : clients) {
            Thread.startVirtualThread(() -> {
                try {
                    first.complete(client.receive());
                } catch (IOException e) {
                    first.completeExceptionally(e);
                }
            });
        }
        return first.join();
    }
}
