package io.eventhandler.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Failures;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

/**
 * Hands log records to a writing thread through a queue that is bounded in records and in bytes, and never waits: what
 * doesn't fit is dropped, counted, and reported in a line of its own as soon as there is room again.
 *
 * <p>The writing thread looks for records every few milliseconds instead of being woken by each, and writes all that it
 * finds at once: logging costs a busy caller no system call.
 */
final class BoundedAsyncAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {

    private static final Logger LOG = LoggerFactory.getLogger(BoundedAsyncAppender.class);
    private static final int QUEUE_SIZE = 16_384;
    private static final int ROOM_TO_REPORT = QUEUE_SIZE / 2;
    private static final long MAX_QUEUED_BYTES = 8 << 20;
    private static final long RECORD_BYTES = 400; // of the objects of a record
    private static final long FRAME_BYTES = 100; // of a stack trace
    private static final int MAX_LINES_PER_WRITE = 1_024;
    private static final long PAUSE_NANOS = 5_000_000;
    private static final Duration MAX_FLUSH = Duration.ofSeconds(2);

    private final LogLine format;
    private final OutputStream output;
    private final BlockingQueue<ILoggingEvent> queue = new ArrayBlockingQueue<>(QUEUE_SIZE);
    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final Failures failures = new Failures(LOG);
    private final BackgroundThread writing =
            new BackgroundThread(Thread.ofPlatform().name("log").daemon(), this::write);
    private final List<ILoggingEvent> events =
            new ArrayList<>(MAX_LINES_PER_WRITE); // of the writing thread, as the next
    private final StringBuilder lines = new StringBuilder();
    private volatile boolean stopping;

    BoundedAsyncAppender(LogFormat format, OutputStream output) {
        this.format = new LogLine(format);
        this.output = output;
    }

    @Override
    public void start() {
        super.start();
        writing.start();
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        if (!offer(event)) {
            dropped.incrementAndGet();
        } else if (dropped.get() > 0 && hasRoomToReport()) {
            long count = dropped.getAndSet(0);
            if (count > 0) {
                LOG.atWarn().addKeyValue("dropped", count).log("log lines were dropped: the output was too slow");
            }
        }
    }

    private boolean offer(ILoggingEvent event) {
        long bytes = bytes(event);
        long after = queuedBytes.addAndGet(bytes);
        if ((after <= MAX_QUEUED_BYTES || after == bytes) && queue.offer(event)) {
            return true;
        }
        queuedBytes.addAndGet(-bytes);
        return false;
    }

    private boolean hasRoomToReport() {
        return queue.remainingCapacity() >= ROOM_TO_REPORT && queuedBytes.get() <= MAX_QUEUED_BYTES / 2;
    }

    /** About the memory that a record holds, the same whenever it is asked for. */
    private static long bytes(ILoggingEvent event) {
        long bytes = RECORD_BYTES + 2L * event.getFormattedMessage().length();
        if (event.getKeyValuePairs() != null) {
            for (KeyValuePair pair : event.getKeyValuePairs()) {
                bytes += pair.value instanceof String text ? 2L * text.length() : 0;
            }
        }
        for (IThrowableProxy thrown = event.getThrowableProxy(); thrown != null; thrown = thrown.getCause()) {
            bytes += FRAME_BYTES * thrown.getStackTraceElementProxyArray().length;
            bytes += thrown.getMessage() == null ? 0 : 2L * thrown.getMessage().length();
        }
        return bytes;
    }

    private boolean write() throws IOException {
        if (queue.drainTo(events, MAX_LINES_PER_WRITE) == 0) {
            LockSupport.parkNanos(PAUSE_NANOS);
            return !stopping || !queue.isEmpty();
        }
        try {
            events.forEach(this::format);
            output.write(lines.toString().getBytes(StandardCharsets.UTF_8));
            output.flush();
        } finally {
            events.clear();
            lines.setLength(0);
        }
        return true;
    }

    /** One record that can't be written is not the others' concern. */
    private void format(ILoggingEvent event) {
        queuedBytes.addAndGet(-bytes(event));
        int start = lines.length();
        try {
            format.append(event, lines);
        } catch (RuntimeException | Error e) {
            lines.setLength(start);
            failures.say(e, "a record of %s could not be written".formatted(event.getLoggerName()));
        }
    }

    /** Writes what is queued, for a limited time. */
    @Override
    public void stop() {
        stopping = true;
        try {
            writing.join(MAX_FLUSH);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        super.stop();
    }
}
