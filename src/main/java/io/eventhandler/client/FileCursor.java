package io.eventhandler.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Remembers in a file, which is replaced whole: it survives the end of the process at any moment. After a crash of the
 * machine it may be some events behind, which are then handled again.
 */
public final class FileCursor implements CursorStore {

    private static final Pattern CONTENT = Pattern.compile("(\\d{1,18}) (\\S+)\\n");

    private final Path file;
    private final Path next;

    /**
     * @param file in a directory that there is; a file of the same name with {@code .next} at its end is its draft
     */
    public FileCursor(Path file) {
        this.file = file;
        this.next = file.resolveSibling(file.getFileName() + ".next");
    }

    @Override
    public @Nullable Cursor load() throws IOException {
        String content;
        try {
            content = Files.readString(file);
        } catch (NoSuchFileException e) {
            return null;
        }
        Matcher parts = CONTENT.matcher(content);
        if (!parts.matches()) {
            throw new IOException(file + " does not hold a position: mend it, or delete it to begin anew");
        }
        return new Cursor(Long.parseLong(parts.group(1)), parts.group(2));
    }

    @Override
    public void save(Cursor position) throws IOException {
        Files.writeString(next, position.id() + " " + position.epoch() + "\n");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
