package io.eventhandler.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What a replica costs the database: PostgreSQL's CPU time per event, published at one replica and delivered by the last. */
final class ReplicaBench {

    private static final int RATE = 500;
    private static final int PUBLISHERS = 8;
    private static final int SUBSCRIBERS = 10;
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final Duration MEASURE = Duration.ofSeconds(5);

    private ReplicaBench() {}

    static void measure(Bench.Run run) throws Exception {
        PostgresCpu postgres = run.postgres();
        if (postgres == null) {
            return; // its server may be anywhere
        }
        List<Service> replicas = new ArrayList<>();
        try {
            double one = 0;
            for (int count : new int[] {1, 2, 4}) {
                while (replicas.size() < count) {
                    replicas.add(new Service(run.url()));
                }
                double micros = perEvent(postgres, replicas);
                one = count == 1 ? micros : one;
                run.table()
                        .row(
                                "%d replica%s, %d events/s".formatted(count, count == 1 ? "" : "s", RATE),
                                "%.0f µs of PostgreSQL's CPU per event".formatted(micros),
                                Table.times(micros, one));
            }
        } finally {
            replicas.forEach(Service::close);
        }
    }

    private static double perEvent(PostgresCpu postgres, List<Service> replicas) throws Exception {
        String name = "bench.replicas." + replicas.size();
        try (var subscribers = new Subscribers(replicas.getLast().port(), SUBSCRIBERS, name, false)) {
            var publishers = new Publishers(replicas.getFirst().port(), name);
            publishers.openLoop(PUBLISHERS, RATE, WARM_UP);
            Duration cpu = postgres.used();
            long before = publishers.acknowledged();
            publishers.openLoop(PUBLISHERS, RATE, MEASURE);
            double micros = postgres.used().minus(cpu).toNanos() / 1e3 / (publishers.acknowledged() - before);
            subscribers.awaitComplete(publishers.acknowledged(), Duration.ofSeconds(10));
            return micros;
        }
    }
}
