package io.eventhandler.bench;

import java.time.Duration;

/** A rollout: every client reconnects at once and resumes from where it was a moment ago. */
final class ResumeBench {

    private static final int CLIENTS = 5_000;
    private static final int MISSED = 100; // of each client
    private static final int OTHERS = 10_000; // that were published meanwhile
    private static final Duration WITHIN = Duration.ofSeconds(60);

    private ResumeBench() {}

    static void measure(Bench.Run run) throws Exception {
        var database = new Database(run.url());
        try (var service = new Service(run.url());
                var warm = Subscribers.connected(service.port(), CLIENTS);
                var subscribers = Subscribers.connected(service.port(), CLIENTS)) {
            resume(database, service, "bench.warm", warm);
            long reads = database.reads();
            double seconds = resume(database, service, "bench.resume", subscribers);
            reads = database.reads() - reads;
            run.table()
                    .row(
                            "%,d clients resume at once, %,d missed events each".formatted(CLIENTS, MISSED),
                            "%.2f s until each has all, %,d reads of the log".formatted(seconds, reads));
        }
    }

    private static double resume(Database database, Service service, String name, Subscribers subscribers)
            throws Exception {
        long head = database.head();
        new Publishers(service.port(), name + ".other").publish(OTHERS);
        new Publishers(service.port(), name).publish(MISSED);
        long start = System.nanoTime();
        subscribers.resume(name, head);
        subscribers.awaitComplete(MISSED, WITHIN);
        return (System.nanoTime() - start) / 1e9;
    }
}
