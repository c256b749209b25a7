package io.eventhandler.client;

import io.eventhandler.event.EventName;
import io.eventhandler.event.IdempotencyKey;
import io.eventhandler.event.NewEvent;
import io.eventhandler.json.Excerpt;
import io.eventhandler.lifecycle.BackgroundThread;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts events at any time and sends them, in order, when the service is there: whoever emits does not wait for it. Safe for
 * concurrent use.
 *
 * <p>What was accepted is stored once, since its idempotency key is made when it is accepted. In a directory it survives the
 * process, also one that is killed, and the machine, as far as its disk does; in memory it survives neither. What waits is
 * bounded in bytes; beyond that {@link SpoolFullException} goes to whoever emits.
 *
 * <p>An event that the service refuses for what it is (400, 403, 413, 422) is logged, counted, given to
 * {@link Builder#onRefused}, and passed over. Whatever else the service answers is waited for.
 */
public final class Spool implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Spool.class);
    private static final int MAX_EVENTS = 500;
    private static final int MAX_BYTES = 1 << 20;
    private static final Duration DRAIN_POLL = Duration.ofMillis(10);

    private final EventClient client;
    private final SpoolStore store;
    private final Duration drain;
    private final Consumer<RefusedEvent> onRefused;
    private final Outage outage = new Outage(LOG);
    private final BackgroundThread sender;
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private boolean closed;

    private Spool(Builder options) {
        this.client = options.client;
        this.drain = options.drain;
        this.onRefused = options.onRefused;
        Path directory = options.directory;
        this.store = directory == null ? new MemoryStore(options.maxBytes) : new DiskStore(directory, options.maxBytes);
        if (store.events() > 0) {
            LOG.info("{} events wait in {} from before, and are sent first", store.events(), directory);
        }
        this.sender = new BackgroundThread(Thread.ofVirtual().name("spool"), this::round);
        sender.start();
    }

    /**
     * Says what a spool is to be like whose events go out through this client.
     *
     * @param client to be closed after the spool
     */
    public static Builder builder(EventClient client) {
        return new Builder(client);
    }

    /** Says what a spool is to be like; not thread-safe. */
    public static final class Builder {
        private final EventClient client;
        private @Nullable Path directory;
        private long maxBytes = 64 << 20;
        private Duration drain = Duration.ofSeconds(10);
        private Consumer<RefusedEvent> onRefused = event -> {};

        private Builder(EventClient client) {
            this.client = client;
        }

        /** Where events wait; one that no other process uses. By default they wait in memory. */
        public Builder directory(@Nullable Path path) {
            this.directory = path;
            return this;
        }

        /** How much may wait; 64 MiB by default. Files may hold an eighth of it, or 4 MiB if that is less, that waits no more. */
        public Builder maxBytes(long bytes) {
            this.maxBytes = bytes;
            return this;
        }

        /** How long {@link Spool#close} waits until all is sent; 10 s by default. */
        public Builder drain(Duration atMost) {
            this.drain = atMost;
            return this;
        }

        /** Called with each event that the service will never store; at least once. What it throws is logged. */
        public Builder onRefused(Consumer<RefusedEvent> handler) {
            this.onRefused = handler;
            return this;
        }

        /**
         * Opens it. What waits from before is sent first.
         *
         * @throws IllegalStateException when the directory can't be used, or another process uses it
         */
        public Spool open() {
            return new Spool(this);
        }
    }

    /**
     * Accepts an event of this name from the client's source.
     *
     * @param payload anything that Jackson writes as JSON
     * @throws SpoolFullException when too much waits
     * @throws IllegalArgumentException when it can be no event
     * @throws java.io.UncheckedIOException when the directory can't be written; the event may be sent nevertheless
     * @throws IllegalStateException when this is closed
     */
    public void emit(String eventName, Object payload) {
        NewEvent event;
        try {
            event = client.event(eventName, payload);
        } catch (PublishException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        emit(event);
    }

    /**
     * Accepts an event; with a directory it is on the disk when this returns.
     *
     * @throws SpoolFullException when too much waits
     * @throws IllegalArgumentException when it can be no event
     * @throws java.io.UncheckedIOException when the directory can't be written; the event may be sent nevertheless
     * @throws IllegalStateException when this is closed
     */
    public void emit(NewEvent event) {
        String key = event.idempotencyKey();
        String fault = EventName.fault(event.name());
        if (fault == null && key != null) {
            fault = IdempotencyKey.fault(key);
        }
        if (fault != null) {
            throw new IllegalArgumentException(fault + ": '" + Excerpt.of(event.name()) + "'");
        }
        store.append(client.written(event));
        accepted.incrementAndGet();
    }

    private boolean round() throws InterruptedException {
        List<byte[]> first = store.awaitFirst(MAX_EVENTS, MAX_BYTES);
        try {
            send(first);
            outage.isOver();
        } catch (PublishException e) {
            outage.goesOn(e, store.events());
        }
        return true;
    }

    /** All of these, or up to the first one that has to wait. */
    private void send(List<byte[]> events) throws PublishException, InterruptedException {
        try {
            client.publishWritten(events);
            sent.addAndGet(events.size());
        } catch (PublishException e) {
            if (!isOfTheEvents(e)) {
                throw e;
            }
            if (events.size() > 1) { // one of them is why all are refused: which one is found out by halves
                int half = events.size() / 2;
                send(events.subList(0, half));
                send(events.subList(half, events.size()));
                return;
            }
            refused(events.getFirst(), e);
        }
        store.acknowledge(events);
    }

    private static boolean isOfTheEvents(PublishException e) {
        return switch (e.status()) {
            case 400, 403, 413, 422 -> true;
            default -> false;
        };
    }

    private void refused(byte[] json, PublishException refusal) {
        RefusedEvent event = Outgoing.refused(json, refusal);
        refused.incrementAndGet();
        LOG.error("the event '{}' is lost, since it was {}", Excerpt.of(event.name()), event.reason());
        try {
            onRefused.accept(event);
        } catch (RuntimeException | Error e) {
            LOG.error("what is to be done with the refused event '{}' failed", Excerpt.of(event.name()), e);
        }
    }

    /** How many events were accepted since it was opened. */
    public long accepted() {
        return accepted.get();
    }

    /** How many events are stored since it was opened. */
    public long sent() {
        return sent.get();
    }

    /** How many events were refused since it was opened. */
    public long refused() {
        return refused.get();
    }

    /** How many events wait. */
    public long waiting() {
        return store.events();
    }

    /** What those that wait take, in bytes. */
    public long waitingBytes() {
        return store.bytes();
    }

    /** Why events can't be sent now; null when they can. */
    public @Nullable String fault() {
        String reason = outage.reason();
        return reason == null ? client.trouble() : reason;
    }

    /** Until all is sent, the time is over, or there is no use in waiting. */
    private void drain() throws InterruptedException {
        long deadline = System.nanoTime() + drain.toNanos();
        while (store.events() > 0 && System.nanoTime() < deadline && !(store.survives() && fault() != null)) {
            Thread.sleep(DRAIN_POLL);
        }
    }

    private void sayWhatIsLeft(long events) {
        if (events > 0 && store.survives()) {
            LOG.info("{} events wait in the spool, and are sent after the next start", events);
        } else if (events > 0) {
            LOG.error(
                    "{} events that waited in memory are lost, unless their answer alone was missing: {}. In a directory (SPOOL) they would be kept",
                    events,
                    Objects.requireNonNullElse(fault(), "the time to send them was over"));
        }
    }

    /**
     * Takes no more, and waits until all is sent, though not for ever. What is left stays in the directory, for the next one who
     * opens it; of memory it is lost, which is logged.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        store.closeForNew();
        try {
            drain();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sender.stop();
            long left = store.events();
            store.close();
            sayWhatIsLeft(left);
        }
    }
}
