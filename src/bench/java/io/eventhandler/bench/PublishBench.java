package io.eventhandler.bench;

import java.time.Duration;

/** Acknowledged events per second, beside what the same database does without the service. */
final class PublishBench {

    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration MEASURE = Duration.ofSeconds(7);
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

            var publishers = new Publishers(service.port(), "bench.publish");
            publishers.closedLoop(PUBLISHERS, 1, WARM_UP);
            double singles = measure(run, service, publishers, 1, baseline);
            dump(run, database, publishers, singles);
            publishers.closedLoop(PUBLISHERS, BATCH, WARM_UP.dividedBy(4));
            measure(run, service, publishers, BATCH, baseline);
        }
    }

    private static double measure(Bench.Run run, Service service, Publishers publishers, int batch, double baseline)
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
        return rate;
    }

    private static void dump(Bench.Run run, Database database, Publishers publishers, double undisturbed)
            throws Exception {
        AutoCloseable dump = database.dump();
        double rate = publishers.closedLoop(PUBLISHERS, 1, MEASURE);
        dump.close();
        run.table()
                .row(
                        "publish, singles, while the database is dumped",
                        "%,.0f events/s".formatted(rate),
                        Table.times(rate, undisturbed) + " undisturbed");
    }
}
