package io.eventhandler.bench;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Deliveries per second, complete and in order on every connection. */
final class FanOutBench {

    private static final Duration WARM_UP = Duration.ofSeconds(6);
    private static final Duration MEASURE = Duration.ofSeconds(7);
    private static final Duration CATCH_UP = Duration.ofSeconds(20);
    private static final int PUBLISHERS = 4;

    /** Publishers pause while more events than this are under way to some subscriber, so nothing piles up. */
    private static final int MAX_LAG = 16;

    private FanOutBench() {}

    static void measure(Bench.Run run) throws Exception {
        for (int subscribers : new int[] {1_000, 10_000}) {
            try (var service = new Service(run.url())) {
                fanOut(run, service, subscribers);
            }
        }
    }

    static void measureNonReaders(Bench.Run run) throws Exception {
        try (var service = new Service(run.url())) {
            nonReaders(run, service, 1_000, 100);
        }
    }

    private static void fanOut(Bench.Run run, Service service, int count) throws Exception {
        try (var subscribers = new Subscribers(service.port(), count, "bench.fanout", false)) {
            var publishers = new Publishers(service.port(), "bench.fanout");
            BooleanSupplier keptUp = keptUp(publishers, subscribers);
            publishers.closedLoop(PUBLISHERS, 1, WARM_UP, keptUp);
            Duration cpu = service.cpu();
            long before = subscribers.delivered();
            long start = System.nanoTime();
            publishers.closedLoop(PUBLISHERS, 1, MEASURE, keptUp);
            long delivered = subscribers.delivered() - before;
            double seconds = (System.nanoTime() - start) / 1e9;
            double micros = service.cpu().minus(cpu).toNanos() / 1e3 / delivered;
            subscribers.awaitComplete(publishers.acknowledged(), CATCH_UP);
            run.table()
                    .row(
                            "fan-out to %,d subscribers, complete and in order on each".formatted(count),
                            "%,.0f deliveries/s, %.2f µs of service CPU each".formatted(delivered / seconds, micros));
        }
    }

    private static void nonReaders(Bench.Run run, Service service, int count, int nonReaders) throws Exception {
        try (var subscribers = new Subscribers(service.port(), count, "bench.slow", false)) {
            var publishers = new Publishers(service.port(), "bench.slow");
            publishers.closedLoop(PUBLISHERS, 1, WARM_UP, keptUp(publishers, subscribers));
            subscribers.awaitDelivered(publishers.acknowledged(), CATCH_UP);
            double undisturbed = publishers.closedLoop(PUBLISHERS, 1, MEASURE, keptUp(publishers, subscribers));
            subscribers.awaitDelivered(publishers.acknowledged(), CATCH_UP);
            long memory = service.memory();
            subscribers.stopReading(nonReaders);
            double rate = publishers.closedLoop(PUBLISHERS, 1, MEASURE, keptUp(publishers, subscribers));
            long more = service.memory() - memory;
            subscribers.awaitComplete(publishers.acknowledged(), CATCH_UP);
            run.table()
                    .row(
                            "publish while %d of %,d subscribers don't read".formatted(nonReaders, count),
                            "%,.0f events/s, %,d MiB more memory".formatted(rate, more >> 20),
                            Table.times(rate, undisturbed) + " undisturbed");
        }
    }

    private static BooleanSupplier keptUp(Publishers publishers, Subscribers subscribers) {
        long acknowledged = publishers.acknowledged();
        long delivered = subscribers.delivered();
        long reading = subscribers.reading();
        return () -> (publishers.acknowledged() - acknowledged) * reading - (subscribers.delivered() - delivered)
                <= MAX_LAG * reading;
    }
}
