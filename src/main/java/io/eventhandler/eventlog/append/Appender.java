package io.eventhandler.eventlog.append;

import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.service.SettingsReader;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Appends events by group commit: publishers enqueue and wait, one thread writes whatever has gathered. While one batch
 * commits, the next one gathers. Safe for concurrent use.
 *
 * <p>A batch leaves when half of the publishers of the one before have been told its outcome: those who publish again at
 * once are then in it. Batches become twice as large, so that PostgreSQL does half the work per event, at the same rate. A
 * lone event waits for nothing.
 */
public final class Appender implements Part {

    /** The most events that are written with one call, and hence the most that one publisher may append as a whole. */
    public static final int MAX_BATCH_EVENTS = 1_000;

    private static final Duration IDLE_CHECK = Duration.ofMillis(200);
    private static final Duration TOLD_WAIT = Duration.ofMillis(2);

    /**
     * @param queueCapacity events that may wait; beyond it {@link #append} refuses at once
     * @param timeout how long a publisher waits for the database
     * @param notifiesEvents whether notifications carry the events themselves when these are small
     */
    public record Options(int queueCapacity, Duration timeout, boolean notifiesEvents) {

        /** Reads {@code PUBLISH_QUEUE}, {@code PUBLISH_TIMEOUT} and {@code NOTIFY_EVENTS}. */
        public static Options read(SettingsReader in) {
            return new Options(
                    in.integer(
                            "PUBLISH_QUEUE", 50_000, 1, 1_000_000, "events that may wait to be stored, beyond it 503"),
                    in.duration("PUBLISH_TIMEOUT", "5s", "100ms", "5m", "how long a publish waits for the database"),
                    !Boolean.FALSE.equals(
                            in.optionalFlag(
                                    "NOTIFY_EVENTS",
                                    "true",
                                    "notifications carry small events, which every login of the database can read; false: their ids alone")));
        }
    }

    private final Options options;
    private final AppendQueue queue;
    private final PublisherDeadlines deadlines = new PublisherDeadlines();
    private final Acknowledger acknowledger;
    private final BatchWriter writer;
    private final AppendMetrics metrics;
    private final BackgroundThread thread =
            new BackgroundThread(Thread.ofPlatform().name("appender"), this::run);
    private final List<PendingAppend> batch = new ArrayList<>(MAX_BATCH_EVENTS); // of the thread alone
    private volatile boolean stopping;

    /**
     * @param log over a pool that nothing else uses
     * @param recent gets every appended event
     * @param applicationName of that pool's connections, unique in the database
     * @param acknowledging where a batch's publishers are told, one task per batch
     */
    public Appender(
            EventLog log,
            RecentEvents recent,
            String applicationName,
            Executor acknowledging,
            Options options,
            MeterRegistry registry) {
        this.options = options;
        this.acknowledger = new Acknowledger(recent, acknowledging);
        this.queue = new AppendQueue(options.queueCapacity());
        this.metrics = new AppendMetrics(registry, queue, options.queueCapacity());
        this.writer = new BatchWriter(
                log,
                recent,
                acknowledger,
                applicationName,
                new AppendStatement(options.notifiesEvents(), metrics),
                options.timeout(),
                metrics);
    }

    @Override
    public void start() {
        thread.start();
        deadlines.start();
    }

    /**
     * Appends the events, all or none and with consecutive ids, but for those whose idempotency keys are known; and tells
     * the outcome, at the latest after the time that the options give.
     *
     * @param events 1 to {@link #MAX_BATCH_EVENTS}, no two of them with the same source and idempotency key
     * @param batchKey an idempotency key for all of them as a whole, under the source of the first; null for none, and
     *     when one of them has its own
     * @param publisher called once, from this thread or another; must not block
     */
    public void append(List<NewEvent> events, @Nullable String batchKey, Consumer<AppendResult> publisher) {
        if (stopping) {
            publisher.accept(new AppendResult.NotStored("the service is stopping"));
            return;
        }
        var pending = new PendingAppend(
                events, batchKey, System.nanoTime() + options.timeout().toNanos(), publisher);
        if (queue.offer(pending)) {
            deadlines.add(pending);
        } else {
            publisher.accept(new AppendResult.NotStored(
                    "the queue is full: %d events wait to be stored".formatted(options.queueCapacity())));
        }
    }

    /** Appends the event and waits for the outcome. */
    public AppendResult append(NewEvent event) throws InterruptedException {
        var outcome = new CompletableFuture<AppendResult>();
        append(List.of(event), null, outcome::complete);
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** The PostgreSQL process that appended last, 0 before the first append. */
    public int backendPid() {
        return writer.backendPid();
    }

    /** For how long nothing could be stored, zero when a batch could be, by all that is known. */
    public Duration failingFor() {
        return writer.failingFor();
    }

    /** Whether it can store events, now or when the database is back. */
    public boolean isRunning() {
        return thread.isWell();
    }

    /** Events that wait to be written. */
    public int queued() {
        return queue.events();
    }

    /** Writes what has gathered. */
    private boolean run() throws InterruptedException {
        acknowledger.awaitHalf(TOLD_WAIT);
        queue.take(batch, IDLE_CHECK);
        if (batch.isEmpty()) {
            writer.probe();
        } else {
            metrics.taken(batch.getFirst().waitedNanos(options.timeout()));
        }
        try {
            writer.write(batch);
        } catch (RuntimeException | Error e) {
            batch.forEach(pending -> pending.complete(AppendResult.Unknown.SERVICE_FAILED));
            throw e;
        }
        return !stopping || queue.events() > 0;
    }

    @Override
    public void stop() {
        stopping = true;
        try {
            thread.join(options.timeout().plusSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.stop();
        queue.drain(left -> left.complete(new AppendResult.NotStored("the service is stopping")));
        deadlines.stop();
    }
}
