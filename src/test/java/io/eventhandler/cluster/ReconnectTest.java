package io.eventhandler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.RawWebSocket;
import io.eventhandler.testing.RoundRobinProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestEventSource;
import io.eventhandler.testing.TestReplica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Clients behind a round-robin proxy that are cut again and again, and resume at another replica each time. */
class ReconnectTest {

    private static final int EVENTS = 20_000;
    private static final int BATCH = 20;
    private static final int CUTS = 200;
    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void clientsThatAreCutTwoHundredTimesHaveEveryMatchingEventOnceInOrder() throws Exception {
        long seed = new Random().nextLong();
        TestDatabase database = TestDatabase.create();
        try (TestReplica a = TestReplica.start(database);
                TestReplica b = TestReplica.start(database);
                TestReplica c = TestReplica.start(database, "RECENT_EVENTS", "1024");
                var webSockets = new RoundRobinProxy(ports(a, b, c));
                var streams = new RoundRobinProxy(ports(a, b, c));
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            long head = database.queryLong("SELECT events_head()");
            Future<List<Long>> webSocket = clients.submit(() -> followWebSocket(webSockets.port(), head));
            Future<List<Long>> stream = clients.submit(() -> followStream(streams.port(), head));
            publishAndCut(List.of(a, b, c), List.of(webSockets, streams), new Random(seed));

            List<Long> matching =
                    database.query("SELECT id FROM events WHERE event_name LIKE 'cut.%' ORDER BY id").stream()
                            .map(Long::valueOf)
                            .toList();
            assertThat(matching).hasSize(EVENTS + 1);
            assertThat(webSocket.get()).as("seed %d", seed).isEqualTo(matching);
            assertThat(stream.get()).as("seed %d", seed).isEqualTo(matching);
        }
    }

    private static List<Integer> ports(TestReplica... replicas) {
        return List.of(replicas).stream()
                .map(replica -> replica.service().port())
                .toList();
    }

    /** Half of what is published matches. Each cut waits until both clients are connected, so that it hits them. */
    private static void publishAndCut(List<TestReplica> replicas, List<RoundRobinProxy> proxies, Random random) {
        int batches = EVENTS / BATCH;
        int cutsLeft = CUTS;
        for (int n = 0; n < batches; n++) {
            var batch = new StringBuilder("[");
            for (int i = 0; i < BATCH; i++) {
                batch.append(i == 0 ? "" : ",")
                        .append("{\"event_name\":\"cut.%d\",\"payload\":1},".formatted(i % 3))
                        .append("{\"event_name\":\"other\",\"payload\":1}");
            }
            assertThat(replicas.get(n % replicas.size())
                            .post(batch.append("]").toString())
                            .status())
                    .isEqualTo(200);
            if (random.nextInt(batches - n) < cutsLeft) {
                cutsLeft--;
                for (RoundRobinProxy proxy : proxies) {
                    await().pollInterval(Duration.ofMillis(1)).until(proxy::cut);
                }
            }
        }
        assertThat(cutsLeft).isZero();
        replicas.getFirst().publish("cut.end", "1");
    }

    private static List<Long> followWebSocket(int port, long head) {
        List<Long> ids = new ArrayList<>();
        while (true) {
            try (var socket = new RawWebSocket(port, 0)) {
                long after = ids.isEmpty() ? head : ids.getLast();
                socket.sendText("{\"action\":\"subscribe\",\"event_name\":\"cut.*\",\"after\":" + after + "}");
                while (true) {
                    RawWebSocket.Frame frame = socket.receive();
                    if (frame.opcode() == 1) {
                        JsonNode event = JSON.readTree(frame.text());
                        ids.add(event.get("id").longValue());
                        if (event.get("event_name").stringValue().equals("cut.end")) {
                            return ids;
                        }
                    }
                }
            } catch (IOException e) {
                // Cut, wherever it was.
            }
        }
    }

    private static List<Long> followStream(int port, long head) {
        List<Long> ids = new ArrayList<>();
        String lastEventId = String.valueOf(head);
        URI uri = URI.create("http://127.0.0.1:" + port + "/events/stream?event_name=cut.*");
        while (true) {
            try (var source = new TestEventSource(uri, lastEventId)) {
                await().until(() -> source.ended()
                        || source.received().stream()
                                .anyMatch(event -> event.type().equals("cut.end")));
                source.received()
                        .forEach(event ->
                                ids.add(JSON.readTree(event.data()).get("id").longValue()));
                lastEventId = source.lastEventId();
                if (!source.ended()) {
                    return ids;
                }
            } catch (UncheckedIOException e) {
                // Cut while it connected.
            }
        }
    }
}
