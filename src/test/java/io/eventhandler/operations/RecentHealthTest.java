package io.eventhandler.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.access.Access;
import io.eventhandler.activity.ActivityLog;
import io.eventhandler.service.Health;
import io.eventhandler.testing.RawHttp;
import io.eventhandler.web.Origins;
import io.eventhandler.web.SelectorExecutor;
import io.eventhandler.web.WebServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecentHealthTest {

    private static final Health HEALTHY = new Health(Map.of("database", "ok"));

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger checks = new AtomicInteger();

    @AfterEach
    void stop() {
        threads.close();
    }

    private RecentHealth recent(Duration fresh, Duration patience, CountDownLatch answer) {
        return new RecentHealth(
                () -> {
                    checks.incrementAndGet();
                    try {
                        answer.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return HEALTHY;
                },
                threads,
                fresh,
                patience);
    }

    @Test
    void howeverManyAskThereIsOneCheck() throws Exception {
        var answer = new CountDownLatch(1);
        RecentHealth health = recent(Duration.ofHours(1), Duration.ofMinutes(1), answer);
        List<Future<Health>> askers = IntStream.range(0, 500)
                .mapToObj(n -> threads.submit(health::get))
                .toList();
        await().until(() -> checks.get() == 1);
        answer.countDown();
        for (Future<Health> asker : askers) {
            assertThat(asker.get()).isEqualTo(HEALTHY);
        }
        assertThat(health.get()).isEqualTo(HEALTHY);
        assertThat(checks).hasValue(1);
    }

    @Test
    void whatWasFoundHoldsForAWhile() {
        RecentHealth health = recent(Duration.ofMillis(1), Duration.ofMinutes(1), new CountDownLatch(0));
        await().until(() -> health.get().ready() && checks.get() > 2);
    }

    @Test
    void nobodyWaitsForACheckThatTakesTooLongAndNoOtherIsBegunBesideIt() {
        var answer = new CountDownLatch(1);
        RecentHealth health = recent(Duration.ofMillis(1), Duration.ofMillis(20), answer);
        for (int n = 0; n < 5; n++) {
            assertThat(health.get())
                    .isEqualTo(new Health(Map.of("checks", "take longer than 20 ms: does the database answer?")));
        }
        assertThat(checks).hasValue(1);
        answer.countDown();
        await().until(() -> health.get().ready());
    }

    @Test
    void aCheckThatThrowsIsOneThatFailed() {
        var health = new RecentHealth(
                () -> {
                    throw new IllegalStateException("secret");
                },
                threads,
                Duration.ZERO,
                Duration.ofMinutes(1));
        assertThat(health.get()).isEqualTo(new Health(Map.of("checks", "failed, see the service's log")));
    }

    @Test
    void headSaysTheSameAsGet() {
        var endpoint = new HealthEndpoint(() -> HEALTHY, () -> new Health(Map.of("database", "does not answer")));
        var server = new WebServer(
                new WebServer.Options("127.0.0.1", 0, Duration.ofSeconds(10), Duration.ofMinutes(1)),
                new ActivityLog(),
                Access.OPEN,
                new Origins(Set.of()),
                new SelectorExecutor(),
                threads,
                List.of(endpoint));
        server.start();
        try {
            for (String path : List.of("/health/live", "/health/ready")) {
                RawHttp.Answer get = RawHttp.request(server.port(), "GET " + path + " HTTP/1.1");
                RawHttp.Answer head = RawHttp.request(server.port(), "HEAD " + path + " HTTP/1.1");
                assertThat(get.status()).isEqualTo(path.endsWith("live") ? 200 : 503);
                assertThat(head.status()).isEqualTo(get.status());
                assertThat(head.headers())
                        .containsEntry(
                                "Content-Length", String.valueOf(get.body().length()));
            }
        } finally {
            server.stop();
        }
    }
}
