package io.eventhandler.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Services that a user has saved by name, one of which is current, in a file that only they may read. Each change replaces
 * the file as a whole; of two at once the later one stays. For one thread.
 */
final class Contexts {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String CURRENT = "current";
    private static final String ALL = "contexts";
    private static final String URL = "url";
    private static final String TOKEN = "token";

    private final Path file;
    private final SequencedMap<String, ServiceAddress> all = new LinkedHashMap<>();
    private @Nullable String current;

    /**
     * Reads the file, if it exists.
     *
     * @throws CommandException when it can't be read
     */
    Contexts(Path file) {
        this.file = file;
        try {
            read(JSON.readTree(Files.readAllBytes(file)));
        } catch (NoSuchFileException e) {
            // None was saved yet.
        } catch (IOException | JacksonException | CommandException e) {
            throw CommandException.failed(
                    "%s can't be read as contexts: correct it, or remove it and add them again".formatted(file), e);
        }
    }

    /** The file of the user whose variables these are: in {@code XDG_CONFIG_HOME}, or {@code .config} in their home. */
    static Path fileOf(Map<String, String> variables) {
        String configuration = variables.getOrDefault("XDG_CONFIG_HOME", "");
        // The XDG Base Directory Specification has paths that are not absolute ignored.
        Path directory = configuration.startsWith("/")
                ? Path.of(configuration)
                : Path.of(variables.getOrDefault("HOME", System.getProperty("user.home")), ".config");
        return directory.resolve("event-handler").resolve("contexts.json");
    }

    private void read(JsonNode json) {
        for (Map.Entry<String, JsonNode> context : json.path(ALL).properties()) {
            JsonNode token = context.getValue().path(TOKEN);
            all.put(
                    context.getKey(),
                    ServiceAddress.of(
                            context.getValue().path(URL).asString(""), token.isString() ? token.stringValue() : null));
        }
        String name = json.path(CURRENT).asString("");
        current = all.containsKey(name) ? name : null;
    }

    /** All of them by name, in the order in which they were added. */
    Map<String, ServiceAddress> all() {
        return all;
    }

    /** The name of the current one, null for none. */
    @Nullable
    String current() {
        return current;
    }

    /** The one of this name, null for none. */
    @Nullable
    ServiceAddress get(@Nullable String name) {
        return name == null ? null : all.get(name);
    }

    /** Adds it, or replaces the one of this name; the first one becomes the current one. */
    void add(String name, ServiceAddress service) {
        all.put(name, service);
        current = current == null ? name : current;
    }

    /** Makes it the current one; false when there is none of this name. */
    boolean use(String name) {
        current = all.containsKey(name) ? name : current;
        return all.containsKey(name);
    }

    /** Removes it; false when there is none of this name. */
    boolean remove(String name) {
        current = name.equals(current) ? null : current;
        return all.remove(name) != null;
    }

    /**
     * Writes the file: whole or not at all, also when the machine fails meanwhile.
     *
     * @throws CommandException when it can't be written
     */
    void save() {
        var json = JSON.createObjectNode().put(CURRENT, current);
        var contexts = json.putObject(ALL);
        all.forEach((name, service) ->
                contexts.putObject(name).put(URL, service.url().toString()).put(TOKEN, service.token()));
        try {
            Path directory = file.toAbsolutePath().getParent();
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path written = Files.createTempFile(
                    directory,
                    "contexts",
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try {
                try (FileChannel channel = FileChannel.open(written, StandardOpenOption.WRITE)) {
                    ByteBuffer bytes = ByteBuffer.wrap(
                            JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
                    while (bytes.hasRemaining()) {
                        channel.write(bytes);
                    }
                    channel.force(true);
                }
                Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(written);
            }
        } catch (IOException e) {
            throw CommandException.failed("%s can't be written: %s".formatted(file, e.getMessage()), e);
        }
    }
}
