package io.eventhandler.service;

import io.eventhandler.client.AlreadyHandledException;
import io.eventhandler.client.CursorStore;
import io.eventhandler.client.EventClient;
import io.eventhandler.client.EventConsumer;
import io.eventhandler.client.FileCursor;
import io.eventhandler.client.SubscribeOptions;
import io.eventhandler.client.Subscription;
import io.eventhandler.event.Event;
import io.eventhandler.lifecycle.Part;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a service does with events: its handlers begin when it has started, and end before anything else of it does. Thread-safe. */
final class Handlers implements Part {

    private static final Logger LOG = LoggerFactory.getLogger(Handlers.class);
    private static final int LONGEST_FILE_NAME = 200;

    private final EventClient client;
    private final @Nullable Path directory;
    private final AtomicLong handled = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final List<Handler> handlers = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private boolean started;

    /** What is done with the events of a subscription; null before it has begun. */
    private final class Handler {
        private final String name;
        private final SubscribeOptions options;
        private final EventConsumer consumer;
        private @Nullable Subscription subscription;
        private @Nullable CompletableFuture<Void> ended;

        Handler(String name, SubscribeOptions options, EventConsumer consumer) {
            this.name = name;
            this.options = options;
            this.consumer = consumer;
        }

        void begin() {
            Subscription begun = client.subscribe(options, this::handle);
            subscription = begun;
            ended = begun.ended().whenComplete((nothing, why) -> {
                if (why != null) {
                    LOG.error("{} is handled no more", name, why);
                }
            });
        }

        String finding() {
            CompletableFuture<Void> last = ended;
            return last == null || !last.isCompletedExceptionally()
                    ? Health.OK
                    : "is handled no more: " + last.exceptionNow().getMessage();
        }

        private void handle(Event event) throws Exception {
            try {
                consumer.accept(event);
                handled.incrementAndGet();
            } catch (AlreadyHandledException | InterruptedException e) {
                throw e;
            } catch (Exception | Error e) {
                failures.incrementAndGet();
                throw e;
            }
        }

        void end() {
            if (subscription != null) {
                subscription.close();
            }
        }
    }

    /**
     * @param directory where it is remembered what was handled, null for nowhere
     */
    Handlers(EventClient client, @Nullable Path directory) {
        this.client = client;
        this.directory = directory;
    }

    /**
     * Handles what this pattern selects, with a cursor of that name.
     *
     * @throws IllegalArgumentException when the pattern is none, or has a handler already
     */
    void add(String pattern, EventConsumer consumer) {
        add(pattern, SubscribeOptions.of(pattern).cursor(cursor(pattern)), consumer);
    }

    /**
     * @param name for messages, that no other one has
     */
    synchronized void add(String name, SubscribeOptions options, EventConsumer consumer) {
        if (!names.add(name)) {
            throw new IllegalArgumentException("%s has a handler already".formatted(name));
        }
        var handler = new Handler(name, options, consumer);
        handlers.add(handler);
        if (started) {
            handler.begin();
        }
    }

    private CursorStore cursor(String pattern) {
        if (directory == null) {
            return CursorStore.inMemory();
        }
        String name = URLEncoder.encode(pattern, StandardCharsets.UTF_8);
        if (name.length() > LONGEST_FILE_NAME) {
            name = UUID.nameUUIDFromBytes(pattern.getBytes(StandardCharsets.UTF_8))
                    .toString();
        }
        return new FileCursor(directory.resolve(name + ".cursor"));
    }

    @Override
    public synchronized void start() {
        started = true;
        handlers.forEach(Handler::begin);
    }

    /** Whether all of them go on. */
    synchronized Map<String, String> checks() {
        Map<String, String> checks = new LinkedHashMap<>();
        for (Handler handler : handlers) {
            checks.put(handler.name, handler.finding());
        }
        return checks;
    }

    void measure(MetricsText metrics) {
        metrics.counter("service_events_handled", "Events that were handled.", handled.get());
        metrics.counter("service_handler_failures", "Times that a handler failed.", failures.get());
    }

    /** Each ends with the event that it handles, all at the same time. */
    @Override
    public void stop() {
        List<Handler> begun;
        synchronized (this) {
            begun = List.copyOf(handlers);
        }
        List<Thread> ending = begun.stream()
                .map(handler -> Thread.ofVirtual().name("end-handler").start(handler::end))
                .toList();
        try {
            for (Thread thread : ending) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
