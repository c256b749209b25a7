package io.eventhandler.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.example.orders.Orders;
import io.eventhandler.testing.ServiceProcess;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Services emit at a steady rate while the Event Handler is away, and one of them is killed and started again. A longer one, by
 * hand: {@code mvn test -Dtest=ServiceAwayTest -Daway.seconds=60 -Daway.rate=200}.
 */
class ServiceAwayTest {

    private static final Logger LOG = LoggerFactory.getLogger(ServiceAwayTest.class);
    private static final int SERVICES = 4;
    private static final int RATE = Integer.getInteger("away.rate", 50); // of each, in a second
    private static final int SECONDS = Integer.getInteger("away.seconds", 10);
    private static final int ORDERS = SERVICES * RATE * SECONDS;

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    Path directory;

    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final AtomicInteger placed = new AtomicInteger();
    private final AtomicInteger unanswered = new AtomicInteger();

    /** A service that takes orders, under an address that stays when it is started again. */
    private final class Emitter implements AutoCloseable {
        private final Path home;
        private final Map<String, String> settings;
        private final TcpProxy address = new TcpProxy(1);
        private ServiceProcess process;

        Emitter(int number, String eventHandler) throws IOException {
            home = Files.createDirectory(directory.resolve("service " + number));
            settings = Map.of("EVENT_HANDLER_URL", eventHandler, "SPOOL", "spool", "PORT", "0");
            start();
        }

        void start() throws IOException {
            process = ServiceProcess.launch(Orders.class, home, settings);
            address.target(process.awaitNumber("orders are taken on port"));
        }

        void kill() throws InterruptedException {
            address.target(1);
            process.kill();
        }

        void order() {
            placed.incrementAndGet();
            try {
                HttpResponse<String> answer = HTTP.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/orders".formatted(address.port())))
                                .POST(BodyPublishers.ofString("book"))
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        BodyHandlers.ofString());
                if (answer.statusCode() == 202) {
                    accepted.add(answer.body());
                }
            } catch (IOException e) { // it was killed
                unanswered.incrementAndGet();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            process.close();
            address.close();
        }
    }

    @Test
    void nothingThatWasAcceptedMeanwhileIsLostOrDoubled() throws Exception {
        TestDatabase database = TestDatabase.create();
        List<TestReplica> replicas = new ArrayList<>();
        List<TcpProxy> ways = new ArrayList<>();
        List<Emitter> emitters = new ArrayList<>();
        List<Future<?>> paced = new ArrayList<>();
        ScheduledExecutorService customers = Executors.newScheduledThreadPool(2 * SERVICES);
        try {
            startReplicas(database, replicas, ways);
            for (int i = 0; i < SERVICES; i++) {
                emitters.add(new Emitter(
                        i,
                        "http://127.0.0.1:%d,http://127.0.0.1:%d"
                                .formatted(ways.get(0).port(), ways.get(1).port())));
            }
            for (Emitter emitter : emitters) {
                for (int i = 0; i < 2; i++) {
                    paced.add(
                            customers.scheduleAtFixedRate(emitter::order, 0, 2_000_000 / RATE, TimeUnit.MICROSECONDS));
                }
            }
            awaitPlaced(1);
            replicas.forEach(TestReplica::close);
            awaitPlaced(3);
            emitters.getFirst().kill();
            emitters.getFirst().start();
            long atReturn = database.queryLong("SELECT count(*) FROM events WHERE event_name = 'order.placed'");
            awaitPlaced(5);
            replicas.clear();
            startReplicas(database, replicas, ways);
            awaitPlaced(6);
            paced.forEach(orders -> orders.cancel(false));
            customers.shutdown();
            assertThat(customers.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
            await().atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThat(stored(database)).containsAll(accepted));
            List<String> stored = stored(database);
            assertThat(stored).doesNotHaveDuplicates();
            assertThat(accepted.size()).isGreaterThan(ORDERS / 2);
            LOG.info(
                    "{} orders were placed and {} accepted, {} not answered; {} events were stored when the Event Handler left, {} in the end",
                    placed,
                    accepted.size(),
                    unanswered,
                    atReturn,
                    stored.size());
        } finally {
            customers.shutdownNow();
            emitters.forEach(Emitter::close);
            ways.forEach(TcpProxy::close);
            replicas.forEach(TestReplica::close);
        }
    }

    private void awaitPlaced(int sixths) {
        await().atMost(Duration.ofSeconds(SECONDS + 60L)).until(() -> placed.get() >= ORDERS * sixths / 6);
    }

    private static void startReplicas(TestDatabase database, List<TestReplica> replicas, List<TcpProxy> ways) {
        for (int i = 0; i < 2; i++) {
            TestReplica replica = TestReplica.start(database);
            replicas.add(replica);
            if (ways.size() <= i) {
                ways.add(new TcpProxy(1));
            }
            ways.get(i).target(replica.uri("/").getPort());
        }
    }

    private static List<String> stored(TestDatabase database) {
        return database.query("SELECT payload ->> 'order' FROM events WHERE event_name = 'order.placed'");
    }
}
