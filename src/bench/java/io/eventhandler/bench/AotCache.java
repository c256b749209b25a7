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

    /** The same for the commands that talk to a service, which are other classes. */
    private static final Path OF_COMMANDS = FILE.resolveSibling("commands.aot");

    private static final Duration LOAD = Duration.ofSeconds(8);

    private AotCache() {}

    /** Makes the caches on an embedded PostgreSQL. */
    public static void main(String[] arguments) throws Exception {
        try (var postgres = new TemporaryPostgres()) {
            train(postgres.url());
            trainCommands(postgres.url());
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

    /** Runs the command that does most of what the others do. */
    private static void trainCommands(DatabaseUrl url) throws Exception {
        Files.deleteIfExists(OF_COMMANDS);
        try (var service = new Service(url)) {
            Process bench = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:+UseSerialGC",
                            "-XX:+UseCompactObjectHeaders",
                            "-XX:AOTCacheOutput=" + OF_COMMANDS,
                            "-jar",
                            Service.JAR.toString(),
                            "bench",
                            "--seconds",
                            "3",
                            "--url",
                            "http://127.0.0.1:" + service.port())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (bench.waitFor() != 0 || !Files.exists(OF_COMMANDS)) {
                throw new IOException(OF_COMMANDS + " was not made");
            }
        }
    }
}
