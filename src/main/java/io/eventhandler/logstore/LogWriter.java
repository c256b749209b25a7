package io.eventhandler.logstore;

import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.postgres.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores what services log: gathers what waits and writes it in batches, each one transaction, on one connection. What
 * can't be stored fails at once, so that whoever sent it tries again. Thread-safe.
 */
public final class LogWriter implements Part {

    private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);
    private static final Duration IDLE_CHECK = Duration.ofMillis(100);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    private final Database database;
    private final LogQueue queue;
    private final LogCopy copy = new LogCopy(); // of the thread alone
    private final List<PendingLogs> batch = new ArrayList<>(); // of the thread alone
    private final AtomicLong stored = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final BackgroundThread thread =
            new BackgroundThread(Thread.ofPlatform().name("log-writer"), this::run);
    private volatile boolean failing;
    private volatile boolean stopping;

    /**
     * @param database a pool of one connection that nothing else uses
     * @param queueBytes of records that may wait
     */
    public LogWriter(Database database, long queueBytes) {
        this.database = database;
        this.queue = new LogQueue(queueBytes);
    }

    @Override
    public void start() {
        thread.start();
    }

    /**
     * Stores the records, all or none.
     *
     * @return done when they are stored for good, or failed with the reason: then they may be stored nevertheless, if the
     *     connection broke at the wrong moment. Complete it no further, and don't block in what follows it
     * @throws LogQueueFullException when too much waits, or the service stops
     */
    public CompletableFuture<Void> append(List<LogRecord> records) throws LogQueueFullException {
        if (records.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        if (stopping) {
            throw new LogQueueFullException("the service is stopping");
        }
        PendingLogs pending = PendingLogs.of(records);
        if (!queue.offer(pending)) {
            throw new LogQueueFullException(
                    "the queue is full: %d bytes of logs wait to be stored, LOG_QUEUE_SIZE is %d"
                            .formatted(queue.bytes(), queue.capacity()));
        }
        return pending.outcome();
    }

    private boolean run() throws InterruptedException {
        queue.take(batch, IDLE_CHECK);
        if (!batch.isEmpty()) {
            try {
                store(List.copyOf(batch));
            } catch (RuntimeException | Error e) {
                batch.forEach(pending -> fail(pending, e));
                throw e;
            }
        }
        return !stopping || queue.records() > 0;
    }

    private void store(List<PendingLogs> together) {
        try (Connection connection = database.pool().getConnection()) {
            copy.store(together, connection);
            together.forEach(this::succeed);
        } catch (SQLException e) {
            if (together.size() > 1 && isRefusal(e)) {
                together.forEach(pending -> store(List.of(pending))); // so that the culprit fails alone
                return;
            }
            report(e);
            together.forEach(pending -> fail(pending, e));
        }
    }

    /** The data is at fault: it will fail the same way whenever it is tried. */
    static boolean isRefusal(SQLException e) {
        String state = e.getSQLState();
        return state != null && (state.startsWith("22") || state.startsWith("54"));
    }

    private void succeed(PendingLogs pending) {
        if (failing) {
            failing = false;
            LOG.info("logs of services can be stored again");
        }
        if (!pending.outcome().isDone()) {
            stored.addAndGet(pending.records().size());
            queue.done(pending); // first: whoever waits for the outcome may send more
            pending.outcome().complete(null);
        }
    }

    private void fail(PendingLogs pending, Throwable cause) {
        if (!pending.outcome().isDone()) {
            failed.addAndGet(pending.records().size());
            queue.done(pending);
            pending.outcome().completeExceptionally(cause);
        }
    }

    private void report(SQLException e) {
        if (isRefusal(e)) {
            LOG.atDebug().addKeyValue("reason", String.valueOf(e.getMessage())).log("logs were refused by PostgreSQL");
        } else if (!failing) {
            failing = true;
            LOG.atWarn()
                    .addKeyValue("reason", String.valueOf(e.getMessage()))
                    .log("logs of services can't be stored: their senders are told to try again");
        }
    }

    /** Bytes of records that wait or are being stored. */
    public long queuedBytes() {
        return queue.bytes();
    }

    /** Bytes of records that may wait. */
    public long queueCapacity() {
        return queue.capacity();
    }

    /** Records that wait or are being stored. */
    public int queuedRecords() {
        return queue.records();
    }

    /** Records that were stored so far. */
    public long stored() {
        return stored.get();
    }

    /** Records that could not be stored so far. */
    public long failed() {
        return failed.get();
    }

    /** Whether it can store records, now or when the database is back. */
    public boolean isRunning() {
        return thread.isWell();
    }

    @Override
    public void stop() {
        stopping = true;
        try {
            thread.join(STOP_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.stop();
        queue.drain(left -> fail(left, new IllegalStateException("the service is stopping")));
    }
}
