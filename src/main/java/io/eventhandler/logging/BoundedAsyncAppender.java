package io.eventhandler.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands log records to a writing thread through a bounded queue and never waits: what doesn't fit is dropped, counted,
 * and reported in a line of its own as soon as there is room again.
 *
 * <p>The writing thread looks for records every few milliseconds instead of being woken by each, and writes all that it
 * finds at once: logging costs a busy caller no system call.
 */
final class BoundedAsyncAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {

    private static final Logger LOG = LoggerFactory.getLogger(BoundedAsyncAppender.class);
    private static final int QUEUE_SIZE = 16_384;
    private static final int ROOM_TO_REPORT = QUEUE_SIZE / 2;
    private static final int MAX_LINES_PER_WRITE = 1_024;
    private static final long PAUSE_NANOS = 5_000_000;
    private static final long MAX_FLUSH_MILLIS = 2_000;

    private final LogLine format;
    private final OutputStream output;
    private final BlockingQueue<ILoggingEvent> queue = new ArrayBlockingQueue<>(QUEUE_SIZE);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread writing = Thread.ofPlatform().name("log").daemon().unstarted(this::write);
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
        if (!queue.offer(event)) {
            dropped.incrementAndGet();
        } else if (dropped.get() > 0 && queue.remainingCapacity() >= ROOM_TO_REPORT) {
            long count = dropped.getAndSet(0);
            if (count > 0) {
                LOG.atWarn().addKeyValue("dropped", count).log("log lines were dropped: the output was too slow");
            }
        }
    }

    private void write() {
        List<ILoggingEvent> events = new ArrayList<>(MAX_LINES_PER_WRITE);
        var lines = new StringBuilder();
        while (true) {
            if (queue.drainTo(events, MAX_LINES_PER_WRITE) == 0) {
                if (stopping) {
                    return;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
                continue;
            }
            events.forEach(event -> format.append(event, lines));
            events.clear();
            try {
                output.write(lines.toString().getBytes(StandardCharsets.UTF_8));
                output.flush();
            } catch (IOException e) {
                addError("log lines could not be written", e);
            }
            lines.setLength(0);
        }
    }

    /** Writes what is queued, for a limited time. */
    @Override
    public void stop() {
        stopping = true;
        try {
            writing.join(MAX_FLUSH_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        super.stop();
    }
}
