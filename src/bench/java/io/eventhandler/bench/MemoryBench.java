package io.eventhandler.bench;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a connection costs that is subscribed and idle. */
final class MemoryBench {

    static final int CONNECTIONS = 10_000;
    private static final int EARLIER = 2_000;
    private static final Duration SETTLE = Duration.ofSeconds(3);

    private MemoryBench() {}

    /**
     * Of each connection.
     *
     * @param bytes of the process
     * @param heap those of them that are objects in use
     */
    record Idle(long bytes, long heap) {

        @Override
        public String toString() {
            return "%,d bytes of memory (PSS), %,d of them heap".formatted(bytes, heap);
        }
    }

    static void measure(Bench.Run run) throws Exception {
        try (var service = new Service(run.url())) {
            run.table()
                    .row(
                            "idle connection, %,d of them".formatted(CONNECTIONS),
                            idle(service, null).toString());
        }
    }

    /** Of a service that has just been started, to which clients connect with this token; null for none. */
    static Idle idle(Service service, @Nullable String token) throws Exception {
        try (var earlier = new Subscribers(service.port(), EARLIER, "bench.idle", false, token)) {
            earlier.awaitComplete(0, Duration.ZERO); // a service in use has touched its initial heap
        }
        Thread.sleep(SETTLE);
        long before = service.memory();
        long bytes;
        long heap;
        try (var subscribers = new Subscribers(service.port(), CONNECTIONS, "bench.idle", false, token)) {
            Thread.sleep(SETTLE);
            bytes = (service.memory() - before) / CONNECTIONS;
            heap = service.liveHeap();
            subscribers.awaitComplete(0, Duration.ZERO);
        }
        Thread.sleep(SETTLE);
        return new Idle(bytes, (heap - service.liveHeap()) / CONNECTIONS);
    }
}
