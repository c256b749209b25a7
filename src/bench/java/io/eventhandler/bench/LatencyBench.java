package io.eventhandler.bench;

import java.time.Duration;

/** From the time at which an event was due to its receipt, at a fixed rate. */
final class LatencyBench {

    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final Duration MEASURE = Duration.ofSeconds(7);
    private static final int SUBSCRIBERS = 100;
    private static final int PUBLISHERS = 16;

    private LatencyBench() {}

    static void measure(Bench.Run run) throws Exception {
        for (int rate : new int[] {200, 2_000}) {
            try (var publishing = new Service(run.url())) {
                latency(run, publishing, publishing, rate, "the same replica");
                try (var delivering = new Service(run.url())) {
                    latency(run, publishing, delivering, rate, "another replica");
                }
            }
        }
    }

    private static void latency(Bench.Run run, Service publishing, Service delivering, int rate, String where)
            throws Exception {
        String name = "bench.latency." + where.replace(' ', '-') + rate;
        try (var warm = new Subscribers(delivering.port(), SUBSCRIBERS, name + ".warm", false)) {
            var publishers = new Publishers(publishing.port(), name + ".warm");
            publishers.openLoop(PUBLISHERS, rate, WARM_UP);
            warm.awaitComplete(publishers.acknowledged(), Duration.ofSeconds(10));
        }
        try (var subscribers = new Subscribers(delivering.port(), SUBSCRIBERS, name, true)) {
            var publishers = new Publishers(publishing.port(), name);
            publishers.openLoop(PUBLISHERS, rate, MEASURE);
            subscribers.awaitComplete(publishers.acknowledged(), Duration.ofSeconds(10));
            run.table()
                    .row(
                            "publish → receipt through %s, %,d events/s, %d subscribers"
                                    .formatted(where, rate, SUBSCRIBERS),
                            "p50 %.2f, p99 %.2f, p99.9 %.2f, max %.2f ms"
                                    .formatted(
                                            subscribers.latency(0.5),
                                            subscribers.latency(0.99),
                                            subscribers.latency(0.999),
                                            subscribers.latency(1)));
        }
    }
}
