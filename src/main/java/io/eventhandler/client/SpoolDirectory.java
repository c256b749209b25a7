package io.eventhandler.client;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The directory of a spool, which one process has at a time: a lock, how far its events are acknowledged, and its segments. The
 * number in {@code position} may be behind, after a power failure, and is not ahead. Not thread-safe.
 */
final class SpoolDirectory implements AutoCloseable {

    private static final int POSITION_SIZE = Long.BYTES + Integer.BYTES;

    private final Path path;
    private final FileChannel lock;
    private final RandomAccessFile position;

    /**
     * @throws IllegalStateException when it can't be used, or somebody else uses it
     */
    SpoolDirectory(Path path) {
        this.path = path;
        try {
            Files.createDirectories(path, ownersOnly());
            this.lock = FileChannel.open(
                    path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                takeLock();
                this.position = new RandomAccessFile(path.resolve("position").toFile(), "rw");
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the spool %s can't be used: %s. SPOOL must be a directory that the service may write to"
                            .formatted(path, e),
                    e);
        }
    }

    /** What waits there may be confidential. */
    private static FileAttribute<?>[] ownersOnly() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    private void takeLock() throws IOException {
        boolean isFree;
        try {
            isFree = lock.tryLock() != null;
        } catch (OverlappingFileLockException e) { // within this process
            isFree = false;
        }
        if (!isFree) {
            throw new IllegalStateException(
                    "the spool %s is in use by another service: give each a directory of its own (SPOOL), or end the other one"
                            .formatted(path));
        }
    }

    Path path() {
        return path;
    }

    /** The number of the last event that was acknowledged; 0 when that is not known. */
    long acknowledged() throws IOException {
        if (position.length() < POSITION_SIZE) {
            return 0;
        }
        position.seek(0);
        long number = position.readLong();
        return position.readInt() == crc(number) ? Math.max(0, number) : 0;
    }

    void acknowledged(long number) throws IOException {
        position.seek(0);
        position.write(ByteBuffer.allocate(POSITION_SIZE)
                .putLong(number)
                .putInt(crc(number))
                .array());
    }

    private static int crc(long number) {
        var crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
        return (int) crc.getValue();
    }

    /** The files of segments, in order. */
    List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(Segment::isSegment).sorted().toList();
        }
    }

    /** Files that were made in it are still there after a power failure. */
    void sync() throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
                    directory.force(true);
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        try (lock;
                position) {
            position.getFD().sync();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
