package io.eventhandler.subscribe;

import io.eventhandler.service.SettingsReader;
import java.time.Duration;

/**
 * What subscribers may hold, over whatever transport.
 *
 * @param maxConnections open at once; more are refused with 503
 * @param maxSubscriptions of one connection
 * @param maxQueuedEvents that may wait for one connection to read
 * @param maxQueuedBytes of these events
 * @param pingAfter silence after which a client is asked whether it is there; after twice as long it is dropped
 * @param checkpointEvery at most so often a client that is sent nothing is told its position
 * @param drainWindow over which connections are ended when the service stops
 */
public record SubscriberLimits(
        int maxConnections,
        int maxSubscriptions,
        int maxQueuedEvents,
        long maxQueuedBytes,
        Duration pingAfter,
        Duration checkpointEvery,
        Duration drainWindow) {

    /** Reads what starts with {@code SUBSCRIBER_}, and the other limits and times of connections. */
    public static SubscriberLimits read(SettingsReader in) {
        return new SubscriberLimits(
                in.integer(
                        "MAX_CONNECTIONS",
                        100_000,
                        1,
                        10_000_000,
                        "WebSocket connections and event streams, beyond it 503"),
                in.integer("MAX_SUBSCRIPTIONS", 1_000, 1, 1_000_000, "subscriptions of one connection"),
                in.integer("SUBSCRIBER_QUEUE", 10_000, 1, 1_000_000, "events that may wait for one subscriber to read"),
                in.size("SUBSCRIBER_QUEUE_SIZE", "8MiB", "64KiB", "1GiB", "bytes that may wait for one subscriber"),
                in.duration(
                        "PING_INTERVAL",
                        "25s",
                        "50ms",
                        "10m",
                        "silence after which a client is pinged; dropped after twice as long"),
                in.duration(
                        "CHECKPOINT_INTERVAL",
                        "30s",
                        "50ms",
                        "1h",
                        "at most so often a WebSocket client is told its position while nothing matches"),
                in.duration(
                        "DRAIN_WINDOW",
                        "0s",
                        "0s",
                        "1h",
                        "when the service stops: its connections are ended one by one over this time"));
    }
}
