package io.eventhandler.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.app.Main;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The service as a process of its own. */
public final class ServiceProcess implements AutoCloseable {

    private static final Pattern READY = Pattern.compile("ready on (http://[^\"\\s,\\]]+)");

    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Thread reading;

    private ServiceProcess(Process process) {
        this.process = process;
        this.reading = Thread.ofVirtual().start(this::read);
    }

    /** Starts it with these settings alone, on any free port. */
    public static ServiceProcess launch(Path directory, Map<String, String> environment, String... arguments)
            throws IOException {
        return launch(Main.class.getName(), classPath(), directory, environment, arguments);
    }

    /** Starts another service, one of the tests or the samples, in the same way. */
    public static ServiceProcess launch(Class<?> main, Path directory, Map<String, String> environment)
            throws IOException {
        return launch(main.getName(), System.getProperty("java.class.path"), directory, environment);
    }

    private static ServiceProcess launch(
            String main, String classPath, Path directory, Map<String, String> environment, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", // these processes are short: most of their time would go into compiling
                "-classpath",
                classPath,
                main));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment()
                .keySet()
                .removeIf(name -> name.startsWith("DATABASE_") || name.startsWith("EVENT_HANDLER_"));
        builder.environment().put("PORT", "0");
        builder.environment().put("AUTH", "none");
        builder.environment().putAll(environment);
        return new ServiceProcess(
                builder.redirectErrorStream(true).redirectInput(Redirect.PIPE).start());
    }

    /** Without the tests' own files, which configure logging. */
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.endsWith("test-classes"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private void read() {
        try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
            in.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException e) {
            // It was killed.
        }
    }

    /** Waits until it is ready; returns its address. */
    public URI awaitReady() {
        awaitLine("ready on");
        Matcher ready = READY.matcher(lines.toString());
        assertThat(ready.find()).isTrue();
        return URI.create(ready.group(1));
    }

    /** Waits until it has written this, followed by a number, which is returned. */
    public int awaitNumber(String text) {
        awaitLine(text);
        Matcher number = Pattern.compile(Pattern.quote(text) + "\\D*(\\d+)").matcher(lines.toString());
        assertThat(number.find()).isTrue();
        return Integer.parseInt(number.group(1));
    }

    /** Whether it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Waits until it has written this. */
    public void awaitLine(String text) {
        await().atMost(Duration.ofSeconds(60)).until(() -> hasWritten(text) || !process.isAlive());
        assertThat(lines).as("it writes '%s'", text).matches(written -> hasWritten(text));
    }

    private boolean hasWritten(String text) {
        return lines.stream().anyMatch(line -> line.contains(text));
    }

    /** Sends SIGTERM. */
    public void terminate() {
        process.toHandle().destroy(); // unlike Process.destroy, it leaves the output open
    }

    /** Sends SIGKILL and waits. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Its status when it has ended. */
    public int awaitEnd() throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS))
                .as("it ends:\n%s", lines)
                .isTrue();
        return process.exitValue();
    }

    /** All that it wrote until it ended. */
    public String output() throws InterruptedException {
        awaitEnd();
        reading.join();
        return String.join("\n", lines) + "\n";
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
