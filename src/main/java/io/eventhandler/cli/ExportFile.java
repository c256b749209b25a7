package io.eventhandler.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * A file of events, a line each, that grows. A line that was not written whole is cut off. What cannot be written is said with
 * the file's name. For one thread.
 */
final class ExportFile implements AutoCloseable {

    private static final int BUFFER = 64 << 10;
    private static final int MAX_LINE = 64 << 20;

    private final Path file;
    private final FileChannel channel;
    private final OutputStream out;
    private final byte[] lastLine;
    private final long lastId;

    /**
     * @throws CommandException when it can't be opened, or holds something else
     */
    ExportFile(Path file) {
        this.file = file;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw failed(e);
        }
        try {
            lastLine = readLastLine();
            lastId = lastLine.length == 0 ? 0 : NewEventLine.id(lastLine);
            channel.position(channel.size());
        } catch (IOException e) {
            close(channel);
            throw failed(e);
        } catch (IllegalArgumentException e) {
            close(channel);
            throw CommandException.failed(
                    "%s does not end with an event (%s): export to another file".formatted(file, e.getMessage()), e);
        }
        out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // The first failure is the one to be said.
        }
    }

    /** Cuts off what follows the last whole line, and returns that line. */
    private byte[] readLastLine() throws IOException {
        long end = lineEndBefore(channel.size());
        if (end < 0) {
            if (channel.size() > 0) {
                throw new IllegalArgumentException("it has no whole line");
            }
            return new byte[0];
        }
        long start = lineEndBefore(end) + 1;
        if (end - start > MAX_LINE) {
            throw new IllegalArgumentException("its last line is too long");
        }
        var line = ByteBuffer.allocate((int) (end - start));
        for (long at = start; line.hasRemaining(); ) {
            int count = channel.read(line, at);
            if (count < 0) {
                throw new IOException("it became shorter");
            }
            at += count;
        }
        NewEventLine.id(line.array()); // or it is none of ours to be cut
        channel.truncate(end + 1);
        return line.array();
    }

    /** Where the last line end in front of this position is, -1 for none. */
    private long lineEndBefore(long position) throws IOException {
        var buffer = ByteBuffer.allocate(BUFFER);
        for (long end = position; end > 0; end -= BUFFER) {
            long start = Math.max(0, end - BUFFER);
            buffer.clear().limit((int) (end - start));
            while (buffer.hasRemaining() && channel.read(buffer, start + buffer.position()) >= 0) {
                // until it is full
            }
            for (int i = buffer.position() - 1; i >= 0; i--) {
                if (buffer.get(i) == '\n') {
                    return start + i;
                }
            }
        }
        return -1;
    }

    /** The id of the last event, 0 for none. */
    long lastId() {
        return lastId;
    }

    /** The last event, as it stands. */
    byte[] lastLine() {
        return Arrays.copyOf(lastLine, lastLine.length);
    }

    void append(byte[] line) {
        try {
            out.write(line);
            out.write('\n');
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private CommandException failed(IOException e) {
        return CommandException.failed("%s can't be written: %s".formatted(file, Reasons.of(e)), e);
    }

    /** Makes sure that all of it is on the disk. */
    @Override
    public void close() {
        try (channel) {
            out.flush();
            channel.force(true);
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
