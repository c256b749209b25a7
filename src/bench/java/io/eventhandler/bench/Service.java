package io.eventhandler.bench;

import io.eventhandler.postgres.DatabaseUrl;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One replica as a process of its own: the packaged jar, started as the README starts it. */
final class Service implements AutoCloseable {

    /** What {@code mvn package} leaves, beside its libraries. */
    static final Path JAR = Path.of("target", "event-handler.jar");

    /** The JVM that runs it: the one in {@code SERVICE_JAVA_HOME}, else this one. */
    private static final Path JAVA = Path.of(
            Objects.requireNonNullElse(System.getenv("SERVICE_JAVA_HOME"), System.getProperty("java.home")),
            "bin",
            "java");

    private static final Pattern READY = Pattern.compile("ready on http://[^:]+:(\\d+)");

    private final Process process;
    private final int port;
    private final Duration startTime;

    /** With the ahead-of-time cache, which must have been trained. */
    Service(DatabaseUrl url) throws IOException {
        this(url, "-XX:AOTCache=" + AotCache.FILE);
    }

    /** With this option of the JVM besides those of the README. */
    Service(DatabaseUrl url, String option) throws IOException {
        this(url, option, Map.of());
    }

    /** With the ahead-of-time cache and these settings. */
    Service(DatabaseUrl url, Map<String, String> settings) throws IOException {
        this(url, "-XX:AOTCache=" + AotCache.FILE, settings);
    }

    private Service(DatabaseUrl url, String option, Map<String, String> settings) throws IOException {
        long start = System.nanoTime();
        var builder = new ProcessBuilder(
                JAVA.toString(),
                "-Xms64m",
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                option,
                "-jar",
                JAR.toString());
        builder.environment()
                .put(
                        "DATABASE_URL",
                        "postgresql://%s:%s@%s/%s"
                                .formatted(
                                        url.user(), url.password(), url.hosts().getFirst(), url.database()));
        builder.environment().put("HOST", "127.0.0.1");
        builder.environment().put("PORT", "0");
        builder.environment().put("AUTH", "none");
        builder.environment().putAll(settings);
        process = builder.redirectErrorStream(true).start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        port = awaitPort(output);
        startTime = Duration.ofNanos(System.nanoTime() - start);
        Thread.ofVirtual().start(() -> drain(output)); // or its log would fill the pipe
    }

    private static int awaitPort(BufferedReader output) throws IOException {
        var seen = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            seen.append(line).append('\n');
            Matcher ready = READY.matcher(line);
            if (ready.find()) {
                return Integer.parseInt(ready.group(1));
            }
        }
        throw new IOException("the service did not start:\n" + seen);
    }

    private static void drain(BufferedReader output) {
        try {
            while (output.readLine() != null) {
                // Nobody needs it.
            }
        } catch (IOException e) {
            // The service has ended.
        }
    }

    int port() {
        return port;
    }

    /** From exec to ready. */
    Duration startTime() {
        return startTime;
    }

    /** CPU time that it has used. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Resident memory, shared pages counted in part, in bytes; Linux only. */
    long memory() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", String.valueOf(process.pid()), "smaps_rollup"))) {
            if (line.startsWith("Pss:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new IOException("no Pss in smaps_rollup");
    }

    /** Bytes of the objects that are in use, after a full collection. */
    long liveHeap() throws IOException {
        return liveHeap(process);
    }

    /** The same of another JVM. */
    static long liveHeap(Process process) throws IOException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        String.valueOf(process.pid()),
                        "GC.class_histogram")
                .start();
        List<String> lines = jcmd.inputReader(StandardCharsets.UTF_8).readAllLines();
        return Long.parseLong(lines.getLast().strip().split(" +", -1)[2]);
    }

    @Override
    public void close() {
        process.toHandle()
                .destroy(); // unlike Process.destroy, it leaves the pipe open for what the JVM says at its end
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
