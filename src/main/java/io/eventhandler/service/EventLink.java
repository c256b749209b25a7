package io.eventhandler.service;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.RefusedEvent;
import io.eventhandler.client.Spool;
import io.eventhandler.event.NewEvent;
import io.eventhandler.lifecycle.Part;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an ordinary service reaches the Event Handler with: a client, a spool for what it emits, and handlers. Thread-safe. */
final class EventLink implements Part, Outlet {

    private static final Logger LOG = LoggerFactory.getLogger(EventLink.class);

    private final EventClient client;
    private final Spool spool;
    private final Handlers handlers;
    private final long spoolSize;

    /**
     * @param source of the events
     * @throws IllegalStateException when the spool can't be used
     */
    EventLink(String source, ServiceOptions options, Consumer<RefusedEvent> onRefused) {
        var builder = EventClient.builder().source(source).token(options::token);
        options.urls().forEach(builder::url);
        client = builder.build();
        spoolSize = options.spoolSize();
        Path directory = options.spool();
        if (directory == null) {
            LOG.warn(
                    "SPOOL is not set: events that wait to be sent, and which ones were handled, are forgotten when the service ends");
        }
        try {
            spool = Spool.builder(client)
                    .directory(directory)
                    .maxBytes(spoolSize)
                    .onRefused(onRefused)
                    .open();
            handlers = new Handlers(client, directory);
        } catch (RuntimeException | Error e) {
            client.close();
            throw e;
        }
    }

    @Override
    public void emit(NewEvent event) {
        spool.emit(event);
    }

    EventClient client() {
        return client;
    }

    /** To be started when the service has. */
    Handlers handlers() {
        return handlers;
    }

    /** Whether it can take events. The Event Handler may be away: they wait. */
    Map<String, String> checks() {
        Map<String, String> checks = new LinkedHashMap<>();
        String fault = spool.fault();
        long bytes = spool.waitingBytes();
        checks.put(
                "spool",
                bytes > spoolSize - spoolSize / 16
                        ? "is full: %,d events wait, since %s".formatted(spool.waiting(), fault)
                        : fault == null
                                ? Health.OK
                                : "%s, though %,d events wait: %s".formatted(Health.OK, spool.waiting(), fault));
        checks.putAll(handlers.checks());
        return checks;
    }

    void measure(MetricsText metrics) {
        metrics.counter("service_events_emitted", "Events that were accepted to be sent.", spool.accepted());
        metrics.counter("service_events_stored", "Emitted events that the Event Handler has stored.", spool.sent());
        metrics.counter(
                "service_events_refused",
                "Emitted events that the Event Handler refused, and that are lost.",
                spool.refused());
        handlers.measure(metrics);
        metrics.gauge("service_spool_events", "Events that wait to be sent.", spool.waiting());
        metrics.gauge("service_spool_bytes", "What the spool holds.", spool.waitingBytes());
        metrics.gauge("service_spool_limit_bytes", "What the spool may hold.", spoolSize);
    }

    /** Sends what waits, for a while, and keeps the rest if it can. */
    @Override
    public void stop() {
        try {
            spool.close();
        } finally {
            client.close();
        }
    }
}
