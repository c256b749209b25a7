package io.eventhandler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.RawWebSocket;
import io.eventhandler.testing.ServiceProcess;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What SIGTERM does. */
class DrainTest {

    private static final int PUBLISHERS = 8;

    @TempDir
    Path directory;

    private static Answer publish(URI service) {
        return TestReplica.send(HttpRequest.newBuilder(service.resolve("/publish"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"event_name\":\"drained\",\"payload\":1}")));
    }

    /** Publishes until the service takes no connection any more; returns the ids that were acknowledged. */
    private static List<Long> publishUntilRefused(URI service) {
        List<Long> acknowledged = new ArrayList<>();
        try {
            while (true) {
                Answer answer = publish(service);
                if (answer.status() == 200) {
                    acknowledged.add(answer.eventId());
                } else {
                    assertThat(answer.status()).isEqualTo(503);
                    assertThat(answer.header("Retry-After")).isEqualTo("1");
                    assertThat(answer.message()).isEqualTo("not stored: the service is stopping");
                }
            }
        } catch (UncheckedIOException e) {
            return acknowledged;
        }
    }

    @Test
    void itServesOnWhileItIsNotReadyThenEndsEveryConnectionAndLosesNothing() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (ServiceProcess service = ServiceProcess.launch(
                        directory,
                        Map.of("DATABASE_URL", database.urlText(), "DRAIN_DELAY", "1s", "DRAIN_WINDOW", "1s"));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            URI address = service.awaitReady();
            List<RawWebSocket> subscribers = new ArrayList<>();
            for (int n = 0; n < 20; n++) {
                subscribers.add(new RawWebSocket(address.getPort(), 0));
                subscribers.getLast().sendText("{\"action\":\"subscribe\",\"event_name\":\"last\",\"after\":1}");
            }
            List<Future<List<Long>>> publishers = IntStream.range(0, PUBLISHERS)
                    .mapToObj(n -> threads.submit(() -> publishUntilRefused(address)))
                    .toList();
            await().until(() -> database.queryLong("SELECT events_head()") > 50);
            assertThat(get(address, "/health/ready").status()).isEqualTo(200);

            service.terminate();
            await().until(() -> get(address, "/health/ready").status() == 503);
            assertThat(get(address, "/health/ready")
                            .json()
                            .get("data")
                            .get("service")
                            .stringValue())
                    .isEqualTo("is stopping");
            assertThat(get(address, "/health/live").status()).isEqualTo(200);
            Answer served = publish(address);
            assertThat(served.status()).isEqualTo(200);
            assertThat(served.header("Connection")).isEqualTo("close");

            for (RawWebSocket subscriber : subscribers) {
                RawWebSocket.Frame frame = subscriber.receive();
                assertThat(frame.closeCode()).isEqualTo(1001);
                assertThat(frame.text()).matches("the service is stopping after=\\d+");
                subscriber.close();
            }
            assertThat(service.awaitEnd()).isZero();
            List<Long> stored = database.query("SELECT id FROM events WHERE event_name = 'drained'").stream()
                    .map(Long::valueOf)
                    .toList();
            for (Future<List<Long>> publisher : publishers) {
                assertThat(stored).containsAll(publisher.get());
            }
        }
    }

    private static Answer get(URI service, String path) {
        return TestReplica.send(HttpRequest.newBuilder(service.resolve(path)));
    }

    @Test
    void aSecondSignalEndsItAtOnce() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (ServiceProcess service =
                ServiceProcess.launch(directory, Map.of("DATABASE_URL", database.urlText(), "DRAIN_DELAY", "1h"))) {
            service.awaitReady();
            service.terminate();
            service.awaitLine("not ready from now on");
            service.terminate();
            assertThat(service.awaitEnd()).isEqualTo(143);
        }
    }
}
