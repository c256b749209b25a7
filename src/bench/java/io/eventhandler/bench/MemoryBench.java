package io.eventhandler.bench;

import java.time.Duration;

/** What a connection costs that is subscribed and idle. */
final class MemoryBench {

    private static final int CONNECTIONS = 10_000;
    private static final int EARLIER = 2_000;
    private static final Duration SETTLE = Duration.ofSeconds(3);

    private MemoryBench() {}

    static void measure(Bench.Run run) throws Exception {
        try (var service = new Service(run.url())) {
            try (var earlier = new Subscribers(service.port(), EARLIER, "bench.idle", false)) {
                earlier.awaitComplete(0, Duration.ZERO); // a service in use has touched its initial heap
            }
            Thread.sleep(SETTLE);
            long before = service.memory();
            long bytes;
            long heap;
            try (var subscribers = new Subscribers(service.port(), CONNECTIONS, "bench.idle", false)) {
                Thread.sleep(SETTLE);
                bytes = (service.memory() - before) / CONNECTIONS;
                heap = service.liveHeap();
                subscribers.awaitComplete(0, Duration.ZERO);
            }
            Thread.sleep(SETTLE);
            run.table()
                    .row(
                            "idle connection, %,d of them".formatted(CONNECTIONS),
                            "%,d bytes of memory (PSS), %,d of them heap"
                                    .formatted(bytes, (heap - service.liveHeap()) / CONNECTIONS));
        }
    }
}
