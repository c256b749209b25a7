package io.eventhandler.client;

import io.eventhandler.event.Event;
import io.eventhandler.event.NewEvent;
import io.eventhandler.json.JsonWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Talks to an Event Handler. Safe for concurrent use; holds connections and a thread, so make one and share it.
 *
 * <pre>{@code
 * try (var events = EventClient.builder()
 *         .url(URI.create("http://event-handler-service"))
 *         .token(() -> System.getenv("EVENT_HANDLER_TOKEN"))
 *         .source("orders")
 *         .build()) {
 *     long id = events.publish("order.placed", Map.of("order_id", 7));
 *
 *     var options = SubscribeOptions.of("order.*").cursor(new FileCursor(Path.of("billing.cursor")));
 *     Subscription orders = events.subscribe(options, event -> bill(event.payload()));
 *     orders.ended().join();
 * }
 * }</pre>
 *
 * <p>Each event is published with an idempotency key, its own or one that the client makes, and is tried again until it is
 * stored, refused, or the timeout is over: it is stored once. Events are stored in the order in which they were handed over.
 * Those of several threads go out together, which costs a tenth of a request for each.
 */
public final class EventClient implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final @Nullable String source;
    private final Duration timeout;
    private final Publisher publisher;
    private final Connector connector;
    private final Set<Subscription> subscriptions = ConcurrentHashMap.newKeySet();
    private final BaseUrls urls;
    private final ReadRequests reads;
    private volatile boolean closed;
    private final String keys = UUID.randomUUID() + "-";
    private final AtomicLong lastKey = new AtomicLong();

    private EventClient(Builder options) {
        this.source = options.source;
        this.timeout = options.timeout;
        this.urls = new BaseUrls(options.urls);
        this.reads = new ReadRequests(http, options.token);
        this.publisher = new Publisher(
                urls,
                new PublishRequests(http, options.token),
                timeout,
                new InFlight(options.maxInFlight, options.maxInFlightBytes));
        this.connector = new Connector(http, new BaseUrls(options.urls), options.token, options.pingAfter);
    }

    /** What a client is to be like. */
    public static Builder builder() {
        return new Builder();
    }

    /** Of the service at this address, which asks for no credential. */
    public static EventClient of(URI service) {
        return builder().url(service).build();
    }

    /** Says what a client is to be like; not thread-safe. */
    public static final class Builder {
        private final List<URI> urls = new ArrayList<>();
        private Supplier<@Nullable String> token = () -> null;
        private @Nullable String source;
        private Duration timeout = Duration.ofSeconds(10);
        private int maxInFlight = 1_000;
        private long maxInFlightBytes = 16 << 20;
        private Duration pingAfter = Duration.ofSeconds(20);

        private Builder() {}

        /** An address of the service, such as {@code http://event-handler-service}; of several the next one is used when one does not answer. */
        public Builder url(URI url) {
            urls.add(url);
            return this;
        }

        /** Gives the API key or JSON Web Token, null for none; asked for each request and each connection, so it may change. */
        public Builder token(Supplier<@Nullable String> supplier) {
            this.token = supplier;
            return this;
        }

        /** The source of events that are published by name and payload; by default the one that the service gives them. */
        public Builder source(@Nullable String name) {
            this.source = name;
            return this;
        }

        /** How long an event is tried to be published; 10 s by default. */
        public Builder timeout(Duration duration) {
            this.timeout = duration;
            return this;
        }

        /** How many events may be under way, beyond which callers wait; 1,000 by default. */
        public Builder maxInFlight(int events) {
            this.maxInFlight = events;
            return this;
        }

        /** How many bytes of events may be under way, beyond which callers wait; 16 MiB by default. */
        public Builder maxInFlightBytes(long bytes) {
            this.maxInFlightBytes = bytes;
            return this;
        }

        /**
         * How long a subscription may hear nothing before it asks the service whether it is still there, and looks for another
         * connection if there is no answer in half that time; 20 s by default.
         */
        public Builder pingAfter(Duration silence) {
            this.pingAfter = silence;
            return this;
        }

        /**
         * @throws IllegalArgumentException when there is no address, or one that is none
         */
        public EventClient build() {
            return new EventClient(this);
        }
    }

    /**
     * Publishes an event and waits until it is stored.
     *
     * @param payload anything that Jackson writes as JSON
     * @return its id
     * @throws PublishException when it was refused, or is not known to be stored when the timeout is over; it says whether
     *     calling again can help. Calling again publishes another event if this one was stored after all: give it a key of
     *     its own as a {@link NewEvent} where that matters
     * @throws IllegalStateException when the client is closed
     */
    public long publish(String eventName, Object payload) throws PublishException {
        return await(start(List.of(event(eventName, payload)))).getFirst();
    }

    /**
     * Publishes an event and waits until it is stored. May be called again with the same event if it has an idempotency key:
     * it is stored once.
     *
     * @return its id
     * @throws PublishException when it was refused, or is not known to be stored when the timeout is over
     * @throws IllegalStateException when the client is closed
     */
    public long publish(NewEvent event) throws PublishException {
        return await(start(List.of(event))).getFirst();
    }

    /**
     * Publishes all of these events, in order, or none, and waits until they are stored. May be called again as
     * {@link #publish(NewEvent)}.
     *
     * @param events at most 1,000 of them and 4 MiB, unless the service is set otherwise; empty for nothing
     * @return their ids, in order
     * @throws PublishException when they were refused, or are not known to be stored when the timeout is over
     * @throws IllegalStateException when the client is closed
     */
    public List<Long> publishAll(List<NewEvent> events) throws PublishException {
        return await(publishAllAsync(events));
    }

    /**
     * Publishes an event. Waits while as many are under way as may be, not until it is stored.
     *
     * @return its id, or a {@link PublishException}
     * @throws IllegalStateException when the client is closed
     */
    public CompletableFuture<Long> publishAsync(NewEvent event) {
        return start(List.of(event)).thenApply(List::getFirst);
    }

    /**
     * Publishes all of these events, in order, or none. Waits while as many are under way as may be, not until they are
     * stored.
     *
     * @return their ids, in order, or a {@link PublishException}
     * @throws IllegalStateException when the client is closed
     */
    public CompletableFuture<List<Long>> publishAllAsync(List<NewEvent> events) {
        return events.isEmpty() ? CompletableFuture.completedFuture(List.of()) : start(events);
    }

    /**
     * The events of the log that are selected, in order of their ids. Nothing is asked for before the first one is read, and
     * they are read at the reader's pace, however many there are: no more than one and what a socket holds is in memory. The
     * end is reached where the log ended when its last part was asked for. Where an answer breaks off, the rest is asked for;
     * none is missing and none comes twice.
     *
     * <p>While it is read it throws a {@link HistoryException} when that can't be done, and an {@link IllegalStateException}
     * when the client is closed.
     *
     * @return for one thread; close it when it is not read to its end
     */
    public Stream<Event> history(HistorySelection selection) {
        var history = new EventHistory(selection, urls, reads, () -> closed);
        return StreamSupport.stream(history, false).onClose(history::close);
    }

    /** An event of this name from the client's source. */
    NewEvent event(String name, Object payload) throws PublishException {
        try {
            return new NewEvent(
                    name,
                    source == null ? NewEvent.DEFAULT_SOURCE : source,
                    JSON.writeValueAsBytes(payload),
                    null,
                    null);
        } catch (JacksonException e) {
            throw new PublishException(
                    PublishException.Outcome.REFUSED, 0, "the payload of " + name + " can't be written as JSON", e);
        }
    }

    private CompletableFuture<List<Long>> start(List<NewEvent> events) {
        var json = new JsonWriter(256);
        for (NewEvent event : events) {
            if (json.length() > 0) {
                json.raw(",");
            }
            write(event, json);
        }
        var outgoing = new Outgoing(json.toBytes(), events.size(), timeout);
        try {
            return publisher.handOver(outgoing);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            outgoing.giveUp(0, "interrupted while too much was under way", e);
            return outgoing.ids();
        }
    }

    private void write(NewEvent event, JsonWriter json) {
        String key = event.idempotencyKey();
        Outgoing.write(event, key == null ? keys + lastKey.incrementAndGet() : key, json);
    }

    /** The event as it is sent, with a key. */
    byte[] written(NewEvent event) {
        var json = new JsonWriter(event.bytes() + 128);
        write(event, json);
        return json.toBytes();
    }

    /** Publishes what was {@link #written}, in order, or none, and waits until it is stored. */
    void publishWritten(List<byte[]> events) throws PublishException, InterruptedException {
        var json = new JsonWriter(
                events.stream().mapToInt(event -> event.length + 1).sum());
        for (byte[] event : events) {
            json.raw(json.length() == 0 ? "" : ",").raw(event);
        }
        var outgoing = new Outgoing(json.toBytes(), events.size(), timeout);
        try {
            publisher.handOver(outgoing).get();
        } catch (InterruptedException e) {
            outgoing.mayBeStored();
            outgoing.giveUp(0, "interrupted", e);
            throw e;
        } catch (ExecutionException e) {
            throw asPublishException(e);
        }
    }

    /** Why the last try to publish failed; null when it didn't. */
    @Nullable
    String trouble() {
        return publisher.trouble();
    }

    @Nullable
    String source() {
        return source;
    }

    private static <T> T await(CompletableFuture<T> outcome) throws PublishException {
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            throw asPublishException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PublishException(
                    PublishException.Outcome.UNKNOWN, 0, "whether the event is stored is not known: interrupted", e);
        }
    }

    private static PublishException asPublishException(ExecutionException e) {
        if (e.getCause() instanceof PublishException known) {
            return new PublishException(
                    known.outcome(), known.status(), String.valueOf(known.getMessage()), known.getCause());
        }
        throw new IllegalStateException(e.getCause());
    }

    /**
     * Hands the events that are published from now on to the consumer, one after the other in their order, while the client is
     * open: through interruptions none is left out. Returns at once.
     *
     * @param pattern a name, or with {@code *} for one token and a last {@code >} for one or more
     * @throws IllegalArgumentException when the pattern is none
     * @throws IllegalStateException when the client is closed
     */
    public Subscription subscribe(String pattern, EventConsumer consumer) {
        return subscribe(SubscribeOptions.of(pattern), consumer);
    }

    /**
     * Hands events to the consumer, one after the other in their order, from where the cursor is, or else from where the
     * options say, while the client is open. Returns at once; {@link Subscription#subscribed} tells when it has begun.
     *
     * @throws IllegalStateException when the client is closed
     */
    public Subscription subscribe(SubscribeOptions options, EventConsumer consumer) {
        var subscription = new Subscription(connector, options, consumer, subscriptions::remove);
        subscriptions.add(subscription);
        if (closed) {
            subscriptions.remove(subscription);
            throw new IllegalStateException("the client is closed");
        }
        subscription.start();
        return subscription;
    }

    /** Ends the subscriptions, each after the event that it handles; ends histories that are being read, and waits for the outcome of what is being published, at most the timeout. */
    @Override
    public void close() {
        closed = true;
        try {
            List.copyOf(subscriptions).forEach(Subscription::close);
            publisher.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            http.shutdownNow();
        }
    }
}
