package io.eventhandler.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Remembers beside a file how far it has been imported into a service. For one thread. */
final class ImportPosition {

    private static final Pattern CONTENT = Pattern.compile("(\\d{1,18}) (\\d{1,18}) (\\S+ \\S+)\\n");

    private final @Nullable Path file;
    private final String subject; // the service, and when the file was changed last

    /**
     * A place in a file.
     *
     * @param lines in front of it
     * @param bytes in front of it
     */
    record At(long lines, long bytes) {
        static final At START = new At(0, 0);
    }

    /**
     * @param imported null when it is no file: nothing is remembered
     */
    ImportPosition(@Nullable Path imported, URI service) throws IOException {
        if (imported == null) {
            file = null;
            subject = "";
        } else {
            file = imported.resolveSibling(imported.getFileName() + ".imported");
            subject = service + " " + Files.getLastModifiedTime(imported);
        }
    }

    /** Where to go on: at the start, unless the import of this very file into this service was interrupted. */
    At load() throws IOException {
        if (file == null) {
            return At.START;
        }
        try {
            Matcher saved = CONTENT.matcher(Files.readString(file));
            return saved.matches() && saved.group(3).equals(subject)
                    ? new At(Long.parseLong(saved.group(1)), Long.parseLong(saved.group(2)))
                    : At.START;
        } catch (NoSuchFileException e) {
            return At.START;
        }
    }

    void save(At at) throws IOException {
        if (file != null) {
            Path next = file.resolveSibling(file.getFileName() + ".next");
            Files.writeString(next, "%d %d %s%n".formatted(at.lines(), at.bytes(), subject));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** The file has been imported to its end. */
    void forget() throws IOException {
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}
