package io.eventhandler.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.HaProxy;
import io.eventhandler.testing.Needs;
import io.eventhandler.testing.ResumingSubscribers;
import io.eventhandler.testing.ServiceProcess;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A rollout: three replicas behind HAProxy are replaced one after the other while clients publish and receive. */
@Needs(Tool.HAPROXY)
class RollingReplacementTest {

    private static final int REPLICAS = 3;
    private static final int SUBSCRIBERS = 2_000;
    private static final int PUBLISHERS = 2;
    private static final Duration WINDOW = Duration.ofSeconds(2);

    /** Between two publishes of one publisher: a steady load, which leaves room for replicas to start. */
    private static final Duration PACE = Duration.ofMillis(50);

    @TempDir
    Path directory;

    private final TestDatabase database = TestDatabase.create();

    @Test
    void aRolloutLosesNothingAndDoublesNothing() throws Exception {
        List<ServiceProcess> running = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        var done = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int n = 0; n < REPLICAS; n++) {
                running.add(launch(0));
            }
            for (ServiceProcess replica : running) {
                ports.add(replica.awaitReady().getPort());
            }
            long head = database.queryLong("SELECT events_head()");
            try (var proxy = new HaProxy(directory, ports);
                    var subscribers = new ResumingSubscribers(proxy.port(), SUBSCRIBERS, "rolled", head)) {
                List<Future<List<Long>>> publishers = IntStream.range(0, PUBLISHERS)
                        .mapToObj(n -> threads.submit(() -> publish(proxy.port(), done)))
                        .toList();
                for (int n = 0; n < REPLICAS; n++) {
                    int before = subscribers.reconnects().size();
                    running.get(n).terminate();
                    assertThat(running.get(n).awaitEnd()).isZero();
                    List<Long> reconnects = subscribers.reconnects();
                    printSpread(reconnects.subList(before, reconnects.size()));
                    running.set(n, launch(ports.get(n)));
                    running.get(n).awaitReady();
                    proxy.awaitUp(REPLICAS);
                }
                done.countDown();
                List<Long> acknowledged = new ArrayList<>();
                for (Future<List<Long>> publisher : publishers) {
                    acknowledged.addAll(publisher.get());
                }
                List<Long> stored =
                        database.query("SELECT id FROM events WHERE event_name = 'rolled' ORDER BY id").stream()
                                .map(Long::valueOf)
                                .toList();
                assertThat(acknowledged).isNotEmpty().containsExactlyInAnyOrderElementsOf(stored);
                subscribers.awaitEach(stored.size());
                assertThat(subscribers.countOfThoseWith(stored)).isEqualTo(SUBSCRIBERS);
            } finally {
                done.countDown(); // the publishers end in any case
            }
        } finally {
            running.forEach(ServiceProcess::close);
        }
    }

    private ServiceProcess launch(int port) throws IOException {
        return ServiceProcess.launch(
                directory,
                Map.of(
                        "DATABASE_URL",
                        database.urlText(),
                        "HOST",
                        "127.0.0.1",
                        "PORT",
                        String.valueOf(port),
                        "DRAIN_DELAY",
                        "1s",
                        "DRAIN_WINDOW",
                        WINDOW.toMillis() + "ms"));
    }

    /** Publishes under a key each, again until it is stored; anything but success and "try again" fails the test. */
    private static List<Long> publish(int port, CountDownLatch done) throws InterruptedException {
        List<Long> acknowledged = new ArrayList<>();
        while (!done.await(PACE.toMillis(), TimeUnit.MILLISECONDS)) {
            String key = UUID.randomUUID().toString();
            Answer answer = tryToPublish(port, key);
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while ((answer == null || answer.status() == 503) && System.nanoTime() < deadline) {
                answer = tryToPublish(port, key);
            }
            assertThat(answer).as("an answer within 30 s").isNotNull();
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            acknowledged.add(answer.eventId());
        }
        return acknowledged;
    }

    private static @Nullable Answer tryToPublish(int port, String key) {
        try {
            return TestReplica.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/publish".formatted(port)))
                    .header("Content-Type", "application/json")
                    .header("Idempotency-Key", key)
                    .POST(BodyPublishers.ofString("{\"event_name\":\"rolled\",\"payload\":1}")));
        } catch (UncheckedIOException e) {
            return null; // the key makes it safe to try again
        }
    }

    /** Says when clients came back; some more than once, when they met a replica that was about to stop. */
    private static void printSpread(List<Long> reconnects) {
        Map<Long, Long> quarters = new TreeMap<>();
        for (long nanos : reconnects) {
            quarters.merge((nanos - reconnects.getFirst()) / (WINDOW.toNanos() / 4), 1L, Long::sum);
        }
        System.out.println("reconnects per quarter of the drain's window: " + quarters);
    }
}
