package io.eventhandler.logging;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands log records to a writing thread through a bounded queue and never waits: what doesn't fit is dropped, counted,
 * and reported in a line of its own as soon as there is room again.
 */
final class BoundedAsyncAppender extends AsyncAppender {

    private static final int QUEUE_SIZE = 16_384;
    private static final int ROOM_TO_REPORT = QUEUE_SIZE / 2;
    private static final Logger LOG = LoggerFactory.getLogger(BoundedAsyncAppender.class);

    private final AtomicLong dropped = new AtomicLong();

    BoundedAsyncAppender() {
        setQueueSize(QUEUE_SIZE);
        setDiscardingThreshold(0);
        setNeverBlock(true);
        setMaxFlushTime(2_000);
    }

    @Override
    protected void append(ILoggingEvent event) {
        int room = getRemainingCapacity();
        if (room == 0) {
            dropped.incrementAndGet();
            return;
        }
        if (room >= ROOM_TO_REPORT && dropped.get() > 0) {
            long count = dropped.getAndSet(0);
            if (count > 0) {
                LOG.atWarn().addKeyValue("dropped", count).log("log lines were dropped: the output was too slow");
            }
        }
        super.append(event);
    }
}
