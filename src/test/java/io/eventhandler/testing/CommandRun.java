package io.eventhandler.testing;

import io.eventhandler.app.Main;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A command that ran as a process of its own, with a home of its own, and ended.
 *
 * @param out all that it wrote to standard output
 * @param err all that it wrote to standard error
 */
public record CommandRun(int status, String out, String err) {

    /** Runs it in this directory, which is its home too, without input. */
    public static CommandRun of(Path home, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        return withInput(home, environment, "", arguments);
    }

    /** Runs it in this directory, which is its home too. */
    public static CommandRun withInput(Path home, Map<String, String> environment, String input, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = command();
        command.addAll(List.of(arguments));
        return ofProcess(home, environment, input, command);
    }

    /** What starts the commands, as the beginning of a command line. */
    public static List<String> command() {
        return new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-classpath",
                Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> !entry.endsWith("test-classes")) // which configure logging
                        .collect(Collectors.joining(File.pathSeparator)),
                Main.class.getName()));
    }

    /** Runs any program in the same way. */
    public static CommandRun ofProcess(Path home, Map<String, String> environment, String input, List<String> command)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile(home, "command", ".out");
        Path err = Files.createTempFile(home, "command", ".err");
        var builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment()
                .keySet()
                .removeIf(name ->
                        name.startsWith("DATABASE_") || name.startsWith("EVENT_HANDLER_") || name.startsWith("XDG_"));
        builder.environment().put("HOME", home.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It ended without reading its input.
        }
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("it does not end: " + command);
        }
        return new CommandRun(process.exitValue(), Files.readString(out), Files.readString(err));
    }
}
