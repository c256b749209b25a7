package io.eventhandler.subscribe;

import io.eventhandler.fanout.MessageMemory;
import io.eventhandler.fanout.OutboundMessage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** What subscribers are sent, measured write by write. Thread-safe. */
final class SubscriberMetrics {

    private final Meters webSockets;
    private final Meters streams;
    private final DistributionSummary writes;

    private record Meters(Counter deliveries, Counter slowConsumers) {}

    /**
     * @param connections counts those that are open
     * @param subscriptions counts those of all of them
     */
    SubscriberMetrics(
            MeterRegistry registry,
            ToLongFunction<Transport> connections,
            LongSupplier subscriptions,
            MessageMemory memory) {
        this.webSockets = meters(registry, connections, Transport.WEBSOCKET, "websocket");
        this.streams = meters(registry, connections, Transport.SSE, "sse");
        this.writes = DistributionSummary.builder("eventhandler.write.batch")
                .description("Messages that went to one connection as one write")
                .baseUnit("messages")
                .register(registry);
        Gauge.builder("eventhandler.outbound.bytes", memory, MessageMemory::used)
                .description("Memory of what waits to be sent to subscribers, each message once")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("eventhandler.outbound.capacity.bytes", memory, MessageMemory::max)
                .description("Memory that may wait to be sent to subscribers; those that hold most are ended before")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("eventhandler.subscriptions", subscriptions::getAsLong)
                .description("Names and patterns that the open connections are subscribed to")
                .register(registry);
    }

    private static Meters meters(
            MeterRegistry registry, ToLongFunction<Transport> connections, Transport transport, String tag) {
        Gauge.builder("eventhandler.connections", () -> connections.applyAsLong(transport))
                .description("Open connections of subscribers")
                .tag("transport", tag)
                .register(registry);
        return new Meters(
                Counter.builder("eventhandler.deliveries")
                        .description("Events that were handed to a subscriber's connection")
                        .tag("transport", tag)
                        .register(registry),
                Counter.builder("eventhandler.slow.consumers")
                        .description("Subscribers that were ended because they did not keep up")
                        .tag("transport", tag)
                        .register(registry));
    }

    private Meters of(Transport transport) {
        return switch (transport) {
            case WEBSOCKET -> webSockets;
            case SSE -> streams;
        };
    }

    /** These messages go out as one write. */
    void writing(Transport transport, List<OutboundMessage> messages) {
        int events = 0;
        for (int i = 0; i < messages.size(); i++) {
            events += messages.get(i).isEvent() ? 1 : 0;
        }
        if (events > 0) {
            of(transport).deliveries.increment(events);
        }
        writes.record(messages.size());
    }

    void slowConsumer(Transport transport) {
        of(transport).slowConsumers.increment();
    }
}
