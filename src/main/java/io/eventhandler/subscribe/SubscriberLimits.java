package io.eventhandler.subscribe;

import io.eventhandler.service.Memory;
import io.eventhandler.service.SettingsReader;
import java.time.Duration;

/**
 * What subscribers may hold, over whatever transport.
 *
 * @param maxConnections open at once; more are refused with 503
 * @param maxSubscriptions of one connection
 * @param maxQueuedEvents that may wait for one connection to read
 * @param maxQueuedBytes of these events
 * @param maxOutboundBytes that may wait for all connections together
 * @param pingAfter silence after which a client is asked whether it is there; after twice as long it is dropped
 * @param checkpointEvery at most so often a client that is sent nothing is told its position
 * @param drainWindow over which connections are ended when the service stops
 */
public record SubscriberLimits(
        int maxConnections,
        int maxSubscriptions,
        int maxQueuedEvents,
        long maxQueuedBytes,
        long maxOutboundBytes,
        Duration pingAfter,
        Duration checkpointEvery,
        Duration drainWindow) {

    /** What a connection keeps while nothing is sent. */
    private static final long CONNECTION_BYTES = 8 << 10;

    /**
     * Reads what starts with {@code SUBSCRIBER_}, and the other limits and times of connections.
     *
     * @param maxEventBytes the largest event, which a queue holds unless it is set otherwise
     */
    public static SubscriberLimits read(SettingsReader in, int maxEventBytes) {
        return new SubscriberLimits(
                readMaxConnections(in),
                in.integer("MAX_SUBSCRIPTIONS", 1_000, 1, 1_000_000, "subscriptions of one connection"),
                in.integer("SUBSCRIBER_QUEUE", 10_000, 1, 1_000_000, "events that may wait for one subscriber to read"),
                readQueueBytes(in, maxEventBytes),
                readOutboundBytes(in),
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

    private static int readMaxConnections(SettingsReader in) {
        Long connections = in.optionalNumber(
                "MAX_CONNECTIONS",
                "one for each 16KiB of the heap, at most 100000",
                1,
                10_000_000,
                "WebSocket connections and event streams, beyond it 503");
        long most = Memory.inHeap(CONNECTION_BYTES);
        if (connections == null) {
            return (int) Math.min(most / 2, 100_000); // the other half is for what they are sent
        }
        if (connections > most) {
            in.contradiction(
                    "MAX_CONNECTIONS",
                    "%d connections of %d bytes each don't fit the heap of %d MiB, which holds %d"
                            .formatted(
                                    connections,
                                    CONNECTION_BYTES,
                                    Runtime.getRuntime().maxMemory() >> 20,
                                    most));
        }
        return connections.intValue();
    }

    private static long readQueueBytes(SettingsReader in, int maxEventBytes) {
        Integer bytes = in.optionalSize(
                "SUBSCRIBER_QUEUE_SIZE", "8MiB", "64KiB", "1GiB", "bytes that may wait for one subscriber");
        return bytes == null ? Math.max(8 << 20, 2L * maxEventBytes) : bytes;
    }

    private static long readOutboundBytes(SettingsReader in) {
        Integer bytes = in.optionalSize(
                "OUTBOUND_SIZE",
                "an eighth of the heap, at most 1GiB",
                "4MiB",
                "1GiB",
                "memory for what waits for all subscribers together, beyond it those with most are ended");
        return bytes == null ? Memory.eighthOfHeap(1 << 30) : bytes;
    }
}
