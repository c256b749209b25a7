package io.eventhandler.client;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of a spool: records, each with its length, its CRC-32C and an event, of which the first has the number in the file's
 * name. Only ever appended to, and removed whole. Not thread-safe.
 *
 * <p>Reads and writes without channels, which an interrupt would close.
 */
final class Segment {

    private static final Logger LOG = LoggerFactory.getLogger(Segment.class);
    private static final String SUFFIX = ".events";
    private static final int HEADER = 8;

    private final Path file;
    private final long first;
    private long count;
    private long length;
    private @Nullable RandomAccessFile out; // null unless it is written to

    private Segment(Path file, long first) {
        this.file = file;
        this.first = first;
    }

    /** A new, empty one. */
    static Segment create(Path directory, long first) throws IOException {
        var segment = new Segment(directory.resolve("%019d%s".formatted(first, SUFFIX)), first);
        segment.out = new RandomAccessFile(segment.file.toFile(), "rw");
        segment.out.setLength(0); // what could not be written before
        return segment;
    }

    static boolean isSegment(Path file) {
        return file.getFileName().toString().matches("\\d{19}\\" + SUFFIX);
    }

    /** One that is there, without what was not written whole at its end. */
    static Segment open(Path file) throws IOException {
        String name = file.getFileName().toString();
        var segment = new Segment(file, Long.parseLong(name.substring(0, name.length() - SUFFIX.length())));
        long size = Files.size(file);
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            while (segment.length < size && segment.hasNext(in, size - segment.length)) {
                segment.count++;
            }
        }
        if (segment.length < size) {
            LOG.warn(
                    "{} ends in {} bytes that were not written whole, which are cut off: no event in them was accepted, unless the disk is damaged",
                    file,
                    size - segment.length);
            try (var cut = new RandomAccessFile(file.toFile(), "rw")) {
                cut.setLength(segment.length);
            }
        }
        return segment;
    }

    private boolean hasNext(DataInputStream in, long left) throws IOException {
        if (left < HEADER) {
            return false;
        }
        int size = in.readInt();
        int crc = in.readInt();
        if (size <= 0 || size > left - HEADER) { // zeros are no record
            return false;
        }
        byte[] event = new byte[size];
        in.readFully(event);
        if (crc(event) != crc) {
            return false;
        }
        length += HEADER + size;
        return true;
    }

    private static int crc(byte[] event) {
        var crc = new CRC32C();
        crc.update(event);
        return (int) crc.getValue();
    }

    /**
     * Writes these events; when this returns they are on the disk. When it throws, some of them may be there nevertheless.
     * What else is asked here may be asked meanwhile, and knows of them when they are {@link #appended}.
     */
    void append(List<byte[]> events) throws IOException {
        RandomAccessFile writing = out;
        if (writing == null) {
            throw new IllegalStateException(file + " is only read");
        }
        ByteBuffer records = ByteBuffer.allocate(Math.toIntExact(sizeOf(events)));
        for (byte[] event : events) {
            records.putInt(event.length).putInt(crc(event)).put(event);
        }
        writing.write(records.array());
        writing.getFD().sync();
    }

    /** It has these events now. */
    void appended(List<byte[]> events) {
        length += sizeOf(events);
        count += events.size();
    }

    /** Nothing more is written to it; what {@link #append} left unfinished is cut off as far as that can be done. */
    void finish() {
        RandomAccessFile writing = out;
        out = null;
        if (writing == null) {
            return;
        }
        try (writing) {
            if (writing.length() > length) {
                writing.setLength(length);
            }
        } catch (IOException e) {
            LOG.warn("{} could not be closed, and is read as far as it is whole: {}", file, e.getMessage());
        }
    }

    /** Events from this offset on: at least one, and no more than so many and so many bytes. */
    List<byte[]> read(long offset, int maxEvents, int maxBytes) throws IOException {
        List<byte[]> events = new ArrayList<>();
        try (var file = new RandomAccessFile(this.file.toFile(), "r")) {
            file.seek(offset);
            byte[] chunk = new byte[(int) Math.min(length - offset, HEADER + (long) maxBytes)];
            file.readFully(chunk);
            ByteBuffer in = ByteBuffer.wrap(chunk);
            while (in.remaining() >= HEADER && events.size() < maxEvents) {
                int size = in.getInt();
                int crc = in.getInt();
                if (size > in.remaining() && !events.isEmpty()) {
                    break;
                }
                byte[] event = new byte[Math.clamp(size, 0, (int) Math.min(Integer.MAX_VALUE, length - offset))];
                if (size > in.remaining()) { // one that is larger than all that were asked for
                    file.seek(offset + HEADER);
                    file.readFully(event);
                    in.position(in.limit());
                } else {
                    in.get(event);
                }
                if (size != event.length || crc(event) != crc) {
                    throw new IOException(
                            "%s is damaged behind %d bytes: look at the disk; what is whole is sent after a restart"
                                    .formatted(this.file, offset));
                }
                events.add(event);
            }
        }
        return events;
    }

    /** Where the record begins that has so many before it. */
    long offset(long records) throws IOException {
        long offset = 0;
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            for (long i = 0; i < records; i++) {
                int size = in.readInt();
                in.skipNBytes(4L + size);
                offset += HEADER + size;
            }
        }
        return offset;
    }

    /** What these take. */
    static long sizeOf(List<byte[]> events) {
        long size = 0;
        for (byte[] event : events) {
            size += HEADER + event.length;
        }
        return size;
    }

    void delete() throws IOException {
        finish();
        Files.deleteIfExists(file);
    }

    long first() {
        return first;
    }

    long count() {
        return count;
    }

    long length() {
        return length;
    }
}
