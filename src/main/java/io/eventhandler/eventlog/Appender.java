package io.eventhandler.eventlog;

import io.eventhandler.event.Event;
import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.EventLog.Appended;
import io.eventhandler.lifecycle.Part;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends events by group commit: publishers enqueue and wait, one thread writes whatever has gathered. While one batch
 * commits, the next one gathers. Safe for concurrent use.
 *
 * <p>A batch leaves when half of the publishers of the one before have been told its outcome: those who publish again at
 * once are then in it. Batches become twice as large, so that PostgreSQL does half the work per event, at the same rate. A
 * lone event waits for nothing.
 */
public final class Appender implements Part {

    private static final Logger LOG = LoggerFactory.getLogger(Appender.class);

    /** The most events that are written with one call, and hence the most that one publisher may append as a whole. */
    public static final int MAX_BATCH_EVENTS = 1_000;

    private static final Duration RETRY_PAUSE = Duration.ofMillis(50);
    private static final Duration EXPIRY_CHECK = Duration.ofMillis(20);
    private static final Duration IDLE_CHECK = Duration.ofMillis(200);
    private static final Duration TOLD_WAIT = Duration.ofMillis(2);

    /**
     * @param queueCapacity events that may wait; beyond it {@link #append} refuses at once
     * @param timeout how long a publisher waits for the database
     */
    public record Options(int queueCapacity, Duration timeout) {}

    private final EventLog log;
    private final RecentEvents recent;
    private final String applicationName;
    private final Options options;
    private final AppendQueue queue;
    private final Queue<PendingAppend> outstanding = new ConcurrentLinkedQueue<>(); // by deadline
    private final Executor acknowledging;
    private final Thread thread = Thread.ofPlatform().name("appender").unstarted(this::run);
    private final Thread expiry = Thread.ofVirtual().name("append-expiry").unstarted(this::expire);
    private CountDownLatch halfTold = new CountDownLatch(0); // of the batch before
    private volatile boolean stopping;
    private volatile boolean databaseAway;
    private volatile int backendPid;

    /**
     * @param log over a pool that nothing else uses
     * @param recent gets every appended event
     * @param applicationName of that pool's connections, unique in the database
     * @param acknowledging where a batch's publishers are told, one task per batch
     */
    public Appender(
            EventLog log, RecentEvents recent, String applicationName, Executor acknowledging, Options options) {
        this.log = log;
        this.recent = recent;
        this.applicationName = applicationName;
        this.options = options;
        this.acknowledging = acknowledging;
        this.queue = new AppendQueue(options.queueCapacity());
    }

    @Override
    public void start() {
        thread.start();
        expiry.start();
    }

    /**
     * Appends the events, all or none and with consecutive ids, and tells the outcome, at the latest after the time that
     * the options give.
     *
     * @param events 1 to {@link #MAX_BATCH_EVENTS}
     * @param publisher called once, from this thread or another; must not block
     */
    public void append(List<NewEvent> events, Consumer<AppendResult> publisher) {
        if (stopping) {
            publisher.accept(new AppendResult.NotStored("the service is stopping"));
            return;
        }
        var pending =
                new PendingAppend(events, System.nanoTime() + options.timeout().toNanos(), publisher);
        if (queue.offer(pending)) {
            outstanding.add(pending);
        } else {
            publisher.accept(new AppendResult.NotStored(
                    "the queue is full: %d events wait to be stored".formatted(options.queueCapacity())));
        }
    }

    /** Appends the event and waits for the outcome. */
    public AppendResult append(NewEvent event) throws InterruptedException {
        var outcome = new CompletableFuture<AppendResult>();
        append(List.of(event), outcome::complete);
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** The PostgreSQL process that appended last, 0 before the first append. */
    public int backendPid() {
        return backendPid;
    }

    /** Events that wait to be written. */
    public int queued() {
        return queue.events();
    }

    private void run() {
        try {
            List<PendingAppend> batch = new ArrayList<>(MAX_BATCH_EVENTS);
            while (!stopping || queue.events() > 0) {
                halfTold.await(TOLD_WAIT.toMillis(), TimeUnit.MILLISECONDS);
                queue.take(batch, IDLE_CHECK);
                write(batch);
            }
        } catch (InterruptedException e) {
            LOG.warn("the appender was interrupted");
        }
        queue.drain(left -> left.complete(new AppendResult.NotStored("the service is stopping")));
    }

    /** Tells publishers whose time is up. All wait equally long, so the oldest is always first. */
    private void expire() {
        try {
            while (true) {
                Thread.sleep(EXPIRY_CHECK);
                long now = System.nanoTime();
                for (PendingAppend oldest = outstanding.peek();
                        oldest != null && oldest.isDone(now);
                        oldest = outstanding.peek()) {
                    outstanding.remove();
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("the appender stops");
        }
    }

    /** Writes the batch until every event's outcome is settled or its publisher has gone. */
    private void write(List<PendingAppend> gathered) throws InterruptedException {
        List<PendingAppend> batch = gathered;
        UUID token = UUID.randomUUID();
        boolean reported = false;
        while (true) {
            batch = batch.stream().filter(PendingAppend::send).toList();
            if (batch.isEmpty()) {
                return;
            }
            long headBefore = recent.newest();
            try {
                acknowledge(batch, append(token, batch));
                return;
            } catch (NotSentException e) {
                reportAway(e.getCause());
            } catch (DataAccessException e) {
                if (EventLog.isRefusal(e)) {
                    refuse(batch, e);
                    return;
                }
                if (!reported) {
                    reported = true;
                    LOG.atWarn().addKeyValue("reason", reason(e)).log("a batch of {} was not stored", batch.size());
                }
                if (isAmbiguous(e) && !resolve(token, batch, headBefore)) {
                    return;
                }
            }
            batch.forEach(PendingAppend::unsend);
            Thread.sleep(RETRY_PAUSE);
        }
    }

    private Appended append(UUID token, List<PendingAppend> batch) throws NotSentException {
        List<NewEvent> events = new ArrayList<>(batch.size());
        for (PendingAppend pending : batch) {
            events.addAll(pending.events());
        }
        boolean[] sent = {false};
        try {
            return log.sql().connectionResult(connection -> {
                backendPid = connection.unwrap(PGConnection.class).getBackendPID();
                sent[0] = true;
                return EventLog.append(connection, token, events);
            });
        } catch (DataAccessException e) {
            if (!sent[0]) {
                throw new NotSentException(e);
            }
            throw e;
        }
    }

    private void acknowledge(List<PendingAppend> batch, Appended appended) {
        if (databaseAway) {
            databaseAway = false;
            LOG.info("the database is back");
        }
        List<Event> events = new ArrayList<>(batch.size());
        long id = appended.firstId();
        for (PendingAppend pending : batch) {
            for (NewEvent event : pending.events()) {
                events.add(new Event(
                        id++,
                        event.name(),
                        event.payload(),
                        appended.createdAt(),
                        event.source(),
                        Event.PROCESSED,
                        event.metadata()));
            }
        }
        recent.addAll(events);
        var told = new CountDownLatch(batch.size() / 2);
        halfTold = told;
        // Elsewhere, so that the next batch is on its way while the rest of this one's publishers are told.
        acknowledging.execute(() -> {
            long firstId = appended.firstId();
            for (PendingAppend pending : batch) {
                pending.complete(new AppendResult.Stored(firstId));
                firstId += pending.size();
                told.countDown();
            }
        });
    }

    /** PostgreSQL refused the batch as a whole: halves it until the culprits stand alone. */
    private void refuse(List<PendingAppend> batch, DataAccessException refusal) throws InterruptedException {
        if (batch.size() == 1) {
            PendingAppend culprit = batch.getFirst();
            culprit.complete(new AppendResult.Refused(indexOfCulprit(culprit.events()), reason(refusal)));
            return;
        }
        batch.forEach(PendingAppend::unsend);
        write(batch.subList(0, batch.size() / 2));
        write(batch.subList(batch.size() / 2, batch.size()));
    }

    private int indexOfCulprit(List<NewEvent> events) {
        if (events.size() == 1) {
            return 0;
        }
        try {
            return log.firstRefused(events);
        } catch (DataAccessException e) {
            return -1; // that it was refused is certain, and known without the database
        }
    }

    /**
     * Finds out whether a batch whose answer was lost is stored, and acknowledges it if so.
     *
     * @return true when it is known not to be stored, so that it may be tried again
     */
    private boolean resolve(UUID token, List<PendingAppend> batch, long headBefore) throws InterruptedException {
        long deadline = System.nanoTime() + options.timeout().toNanos();
        do {
            try {
                Appended appended = log.findAppend(token, headBefore, applicationName);
                if (appended == null) {
                    return true;
                }
                LOG.info("a batch whose answer was lost is stored from id {}", appended.firstId());
                acknowledge(batch, appended);
                return false;
            } catch (DataAccessException e) {
                reportAway(e);
                Thread.sleep(RETRY_PAUSE);
            }
        } while (System.nanoTime() < deadline);
        var unknown = new AppendResult.Unknown("the connection to the database broke while the event was being stored");
        batch.forEach(pending -> pending.complete(unknown));
        return false;
    }

    private void reportAway(@Nullable Throwable cause) {
        if (!databaseAway) {
            databaseAway = true;
            LOG.atWarn().addKeyValue("reason", reason(cause)).log("the database is away: publishers wait");
        }
    }

    /** Whether the statement may have been committed: its answer is missing, or the server ended the session. */
    private static boolean isAmbiguous(DataAccessException e) {
        String state = e.sqlState();
        return state.startsWith("08") || state.startsWith("57P") || state.equals("00000");
    }

    private static String reason(@Nullable Throwable e) {
        Throwable cause = e;
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause == null ? "unknown" : String.valueOf(cause.getMessage());
    }

    @Override
    public void stop() {
        stopping = true;
        try {
            if (!thread.join(options.timeout().plusSeconds(1))) {
                thread.interrupt();
                thread.join();
            }
            expiry.interrupt();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** No connection could be had, so nothing was sent. */
    private static final class NotSentException extends Exception {
        private static final long serialVersionUID = 1L;

        NotSentException(DataAccessException cause) {
            super(cause);
        }
    }
}
