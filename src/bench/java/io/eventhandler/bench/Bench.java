package io.eventhandler.bench;

import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.commons.io.FileUtils;

/**
 * Runs every measure once and prints a markdown table. Uses {@code DATABASE_URL}, which should be an empty database, or an
 * embedded PostgreSQL in a temporary directory. Takes about two minutes.
 */
public final class Bench {

    private static final Duration WARM_UP = Duration.ofSeconds(12);
    private static final Duration MEASURE = Duration.ofSeconds(8);
    private static final int PUBLISHERS = 64;

    private final DatabaseUrl url;
    private final List<String> rows = new ArrayList<>();

    private Bench(DatabaseUrl url) {
        this.url = url;
    }

    public static void main(String[] arguments) throws Exception {
        String configured = System.getenv("DATABASE_URL");
        if (configured != null) {
            new Bench(DatabaseUrl.parse(configured)).run();
            return;
        }
        Path directory = Files.createTempDirectory("event-handler-bench-");
        var postgres = new EmbeddedPostgres(directory.resolve("postgres"));
        try {
            postgres.start();
            new Bench(postgres.url()).run();
        } finally {
            postgres.stop();
            FileUtils.deleteDirectory(directory.toFile());
        }
    }

    private void run() throws Exception {
        var database = new Database(url);
        double baseline;
        try (Service service = new Service(url)) {
            row(
                    "start, external database",
                    "%,d ms".formatted(service.startTime().toMillis()),
                    "");
            progress("one transaction per event");
            baseline = database.baseline(16, MEASURE);
            row("baseline: one transaction per event, 16 connections", "%,.0f events/s".formatted(baseline), "1.0 ×");
            progress("append_events without HTTP");
            double ceiling = database.ceiling(2, MEASURE);
            row(
                    "ceiling: append_events, 200 rows, no HTTP",
                    "%,.0f events/s".formatted(ceiling),
                    times(ceiling, baseline));
            progress("publish");
            publish(service, baseline);
        }
        for (int subscribers : new int[] {1_000, 10_000}) {
            try (Service service = new Service(url)) {
                progress("fan-out to " + subscribers);
                fanOut(service, subscribers);
            }
        }
        for (int rate : new int[] {200, 2_000}) {
            try (Service publishing = new Service(url);
                    Service delivering = new Service(url)) {
                progress("latency at %d/s".formatted(rate));
                latency(publishing, publishing, rate, "the same replica");
                latency(publishing, delivering, rate, "another replica");
            }
        }
        try (Service service = new Service(url)) {
            progress("idle connections");
            memory(service, 10_000);
        }
        System.out.println("\n| measure | result | ratio |\n|---|---|---|");
        rows.forEach(System.out::println);
    }

    private void publish(Service service, double baseline) throws Exception {
        var publishers = new Publishers(service.port(), "bench.publish");
        publishers.closedLoop(PUBLISHERS, WARM_UP);
        Duration cpu = service.cpu();
        long before = publishers.acknowledged();
        double rate = publishers.closedLoop(PUBLISHERS, MEASURE);
        double micros = service.cpu().minus(cpu).toNanos() / 1e3 / (publishers.acknowledged() - before);
        row(
                "publish, singles, %d connections".formatted(PUBLISHERS),
                "%,.0f events/s, %.0f µs of service CPU per event".formatted(rate, micros),
                times(rate, baseline));
    }

    /** Four publishers that pause while more than 16 events are under way to some subscriber, so nothing piles up. */
    private void fanOut(Service service, int count) throws Exception {
        try (var subscribers = new Subscribers(service.port(), count, "bench.fanout", false)) {
            var publishers = new Publishers(service.port(), "bench.fanout");
            BooleanSupplier keptUp = () -> publishers.acknowledged() * count - subscribers.delivered() <= 16L * count;
            publishers.closedLoop(4, WARM_UP, keptUp);
            Duration cpu = service.cpu();
            long before = subscribers.delivered();
            long start = System.nanoTime();
            publishers.closedLoop(4, MEASURE, keptUp);
            long delivered = subscribers.delivered() - before;
            double seconds = (System.nanoTime() - start) / 1e9;
            double micros = service.cpu().minus(cpu).toNanos() / 1e3 / delivered;
            subscribers.awaitComplete(publishers.acknowledged(), Duration.ofSeconds(20));
            row(
                    "fan-out to %,d subscribers, complete and in order on each".formatted(count),
                    "%,.0f deliveries/s, %.2f µs of service CPU each".formatted(delivered / seconds, micros),
                    "");
        }
    }

    private void latency(Service publishing, Service delivering, int rate, String where) throws Exception {
        String name = "bench.latency." + where.replace(' ', '-') + rate;
        try (var warm = new Subscribers(delivering.port(), 100, name + ".warm", false)) {
            var publishers = new Publishers(publishing.port(), name + ".warm");
            publishers.openLoop(16, rate, WARM_UP.dividedBy(2));
            warm.awaitComplete(publishers.acknowledged(), Duration.ofSeconds(10));
        }
        try (var subscribers = new Subscribers(delivering.port(), 100, name, true)) {
            var publishers = new Publishers(publishing.port(), name);
            publishers.openLoop(16, rate, MEASURE);
            subscribers.awaitComplete(publishers.acknowledged(), Duration.ofSeconds(10));
            row(
                    "publish → receipt through %s, %,d events/s, 100 subscribers".formatted(where, rate),
                    "p50 %.2f, p99 %.2f, p99.9 %.2f, max %.2f ms"
                            .formatted(
                                    subscribers.latency(0.5),
                                    subscribers.latency(0.99),
                                    subscribers.latency(0.999),
                                    subscribers.latency(1)),
                    "");
        }
    }

    private void memory(Service service, int count) throws Exception {
        long before = service.memory();
        try (var subscribers = new Subscribers(service.port(), count, "bench.idle", false)) {
            Thread.sleep(Duration.ofSeconds(3));
            long bytes = (service.memory() - before) / count;
            row("idle connection, %,d of them".formatted(count), "%,d bytes of memory (PSS)".formatted(bytes), "");
            subscribers.awaitComplete(0, Duration.ZERO);
        }
    }

    private static String times(double rate, double baseline) {
        return "%.1f ×".formatted(rate / baseline);
    }

    private void row(String measure, String result, String ratio) {
        rows.add("| %s | %s | %s |".formatted(measure, result, ratio));
    }

    private static void progress(String measure) {
        System.out.println("measuring: " + measure + " …");
    }
}
