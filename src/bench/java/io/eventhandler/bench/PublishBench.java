package io.eventhandler.bench;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Acknowledged events per second, beside what the same database does without the service. */
final class PublishBench {

    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration MEASURE = Duration.ofSeconds(7);
    private static final Duration ROUND = Duration.ofSeconds(4);
    private static final int ROUNDS = 5;
    private static final int PUBLISHERS = 64;
    private static final int BATCH = 100;

    private PublishBench() {}

    static void measure(Bench.Run run) throws Exception {
        Table table = run.table();
        try (var service = new Service(run.url())) {
            var database = new Database(run.url());
            double baseline = database.baseline(16, MEASURE);
            table.row(
                    "baseline: one transaction per event, 16 connections",
                    "%,.0f events/s".formatted(baseline),
                    "1.00 ×");
            double ceiling = database.ceiling(2, MEASURE);
            table.row(
                    "ceiling: append_events, 200 rows, no HTTP",
                    "%,.0f events/s".formatted(ceiling),
                    Table.times(ceiling, baseline));

            database.vacuum();
            var publishers = new Publishers(service.port(), "bench.publish");
            publishers.closedLoop(PUBLISHERS, 1, WARM_UP);
            measure(run, service, publishers, 1, baseline);
            beside("a client streams the history, 1 MB/s", () -> new SlowExport(service.port()), run, publishers);
            beside("the database is dumped", database::dump, run, publishers);
            publishers.closedLoop(PUBLISHERS, BATCH, WARM_UP.dividedBy(4));
            measure(run, service, publishers, BATCH, baseline);
        }
    }

    private static void measure(Bench.Run run, Service service, Publishers publishers, int batch, double baseline)
            throws Exception {
        Duration cpu = service.cpu();
        long before = publishers.acknowledged();
        double rate = publishers.closedLoop(PUBLISHERS, batch, MEASURE);
        double micros = service.cpu().minus(cpu).toNanos() / 1e3 / (publishers.acknowledged() - before);
        run.table()
                .row(
                        "publish, %s, %d connections"
                                .formatted(batch == 1 ? "singles" : "batches of " + batch, PUBLISHERS),
                        "%,.0f events/s, %.1f µs of service CPU per event".formatted(rate, micros),
                        Table.times(rate, baseline));
    }

    /** In turn with and without the reader, so that what else goes on meets both; the first round warms up. */
    private static void beside(String what, Callable<AutoCloseable> reader, Bench.Run run, Publishers publishers)
            throws Exception {
        double undisturbed = 0;
        double rate = 0;
        for (int round = 0; round <= ROUNDS; round++) {
            double without = publishers.closedLoop(PUBLISHERS, 1, ROUND);
            AutoCloseable reading = reader.call();
            double with = publishers.closedLoop(PUBLISHERS, 1, ROUND);
            reading.close();
            if (round > 0) {
                undisturbed += without / ROUNDS;
                rate += with / ROUNDS;
            }
        }
        run.table()
                .row(
                        "publish, singles, while " + what,
                        "%,.0f events/s".formatted(rate),
                        Table.times(rate, undisturbed) + " undisturbed");
    }
}
