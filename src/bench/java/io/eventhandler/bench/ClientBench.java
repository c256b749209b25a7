package io.eventhandler.bench;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.PublishException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What {@link EventClient} publishes beside bare connections, and what one that waits for events costs. */
final class ClientBench {

    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration ROUND = Duration.ofSeconds(4);
    private static final int ROUNDS = 5;
    private static final int IN_FLIGHT = 64;
    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final String NAME = "bench.client";
    private static final String PAD = "x".repeat(120);

    private ClientBench() {}

    static void measure(Bench.Run run) throws Exception {
        try (var service = new Service(run.url());
                var client = EventClient.of(URI.create("http://127.0.0.1:" + service.port()))) {
            var publishers = new Publishers(service.port(), NAME);
            publishers.closedLoop(IN_FLIGHT, 1, WARM_UP);
            closedLoop(client, WARM_UP);
            double bare = 0;
            double rate = 0;
            for (int round = 0; round < ROUNDS; round++) {
                bare += publishers.closedLoop(IN_FLIGHT, 1, ROUND) / ROUNDS;
                rate += closedLoop(client, ROUND) / ROUNDS;
            }
            run.table()
                    .row(
                            "publish, singles, %d connections".formatted(IN_FLIGHT),
                            "%,.0f events/s".formatted(bare),
                            "1.00 ×");
            run.table()
                    .row(
                            "publish, EventClient, %d in flight".formatted(IN_FLIGHT),
                            "%,.0f events/s".formatted(rate),
                            Table.times(rate, bare));
            measureIdle(run, service);
        }
    }

    private static double closedLoop(EventClient client, Duration duration)
            throws InterruptedException, ExecutionException {
        var published = new AtomicLong();
        long start = System.nanoTime();
        long end = start + duration.toNanos();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < IN_FLIGHT; i++) {
                running.add(threads.submit(() -> {
                    while (System.nanoTime() < end) {
                        publish(client, published);
                    }
                    return null;
                }));
            }
            for (Future<?> future : running) {
                future.get();
            }
        }
        return published.get() * 1e9 / (System.nanoTime() - start);
    }

    private static void publish(EventClient client, AtomicLong published) throws PublishException {
        client.publish(NAME, Map.of("n", published.incrementAndGet(), "t", System.nanoTime(), "pad", PAD));
    }

    /** The command line's tail is such a client. */
    private static void measureIdle(Bench.Run run, Service service) throws IOException, InterruptedException {
        Process tail = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-jar",
                        Service.JAR.toString(),
                        "tail",
                        "bench.idle",
                        "--url",
                        "http://127.0.0.1:" + service.port())
                .start();
        try {
            TimeUnit.SECONDS.sleep(5);
            Duration before = tail.toHandle().info().totalCpuDuration().orElseThrow();
            TimeUnit.NANOSECONDS.sleep(IDLE.toNanos());
            Duration used =
                    tail.toHandle().info().totalCpuDuration().orElseThrow().minus(before);
            run.table()
                    .row(
                            "a client that waits for events",
                            "%.2f %% of a core, %,d KiB of heap"
                                    .formatted(
                                            100.0 * used.toMillis() / IDLE.toMillis(), Service.liveHeap(tail) >> 10));
        } finally {
            tail.destroy();
        }
    }
}
