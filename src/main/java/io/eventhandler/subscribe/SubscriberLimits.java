package io.eventhandler.subscribe;

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
        Duration drainWindow) {}
