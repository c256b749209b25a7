package io.eventhandler.bench;

import io.eventhandler.postgres.DatabaseUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Trains the JVM's ahead-of-time cache (JEP 483, 515) for the packaged jar: classes loaded and linked, methods profiled. The
 * cache fits that jar, its libraries and the JVM that made it, wherever they are copied to.
 */
public final class AotCache {

    /** Where the cache is, beside the jar. */
    static final Path FILE = Service.JAR.resolveSibling("event-handler.aot");

    private static final Duration LOAD = Duration.ofSeconds(8);

    private AotCache() {}

    /** Makes the cache on an embedded PostgreSQL. */
    public static void main(String[] arguments) throws Exception {
        try (var postgres = new TemporaryPostgres()) {
            train(postgres.url());
        }
    }

    /** Runs the service under some load: what it does then is in the cache. */
    static void train(DatabaseUrl url) throws Exception {
        Files.deleteIfExists(FILE);
        try (var service = new Service(url, "-XX:AOTCacheOutput=" + FILE);
                var subscribers = new Subscribers(service.port(), 50, "training", false)) {
            var publishers = new Publishers(service.port(), "training");
            publishers.closedLoop(16, 1, LOAD.dividedBy(2));
            publishers.closedLoop(4, 100, LOAD.dividedBy(2));
            subscribers.awaitComplete(publishers.acknowledged(), Duration.ofSeconds(20));
        }
        if (!Files.exists(FILE)) {
            throw new IOException(FILE + " was not made");
        }
    }
}
