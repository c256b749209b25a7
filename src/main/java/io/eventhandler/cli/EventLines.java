package io.eventhandler.cli;

import io.eventhandler.event.NewEvent;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Reads events, a JSON object on each line; blank lines are passed over. For one thread. */
final class EventLines implements AutoCloseable {

    private static final int BUFFER = 64 << 10;

    /** An event is not as large, whatever the service's limit is. */
    private static final int MAX_LINE = 64 << 20;

    private final InputStream in;
    private ImportPosition.At at = ImportPosition.At.START;
    private byte[] line = {};

    EventLines(InputStream in) {
        this.in = new BufferedInputStream(in, BUFFER);
    }

    /**
     * The next event, null at the end.
     *
     * @throws CommandException when the line holds none
     */
    @Nullable
    NewEvent next() throws IOException {
        while (read()) {
            if (!isBlank(line)) {
                try {
                    return NewEventLine.event(line);
                } catch (IllegalArgumentException e) {
                    throw CommandException.failed("line %d: %s".formatted(at.lines(), e.getMessage()), e);
                }
            }
        }
        return null;
    }

    private boolean read() throws IOException {
        var text = new ByteArrayOutputStream(512);
        int next = in.read();
        if (next < 0) {
            return false;
        }
        for (; next >= 0 && next != '\n'; next = in.read()) {
            if (text.size() == MAX_LINE) {
                throw CommandException.failed("line %d has more than 64 MiB".formatted(at.lines() + 1), null);
            }
            text.write(next);
        }
        line = text.toByteArray();
        at = new ImportPosition.At(at.lines() + 1, at.bytes() + line.length + (next < 0 ? 0 : 1));
        return true;
    }

    private static boolean isBlank(byte[] text) {
        for (byte b : text) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    /** Begins here, before anything is read. */
    void skip(ImportPosition.At start) throws IOException {
        in.skipNBytes(start.bytes());
        at = start;
    }

    /** Behind the line that was read last. */
    ImportPosition.At at() {
        return at;
    }

    /**
     * An idempotency key for the event that was read last: the same for the same event of the history, wherever it is written,
     * or else for the same text at the same line.
     */
    String key() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            if (!hasId(line)) {
                digest.update(Long.toString(at.lines()).getBytes(StandardCharsets.US_ASCII));
            }
            return "import-" + HexFormat.of().formatHex(digest.digest(line));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    private static boolean hasId(byte[] event) {
        try {
            return NewEventLine.id(event) > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
