/**
 * The fan-out of one replica: who wants which events, and handing each event to them in order. Knows subscribers and
 * nothing of PostgreSQL or of sockets.
 *
 * <p>One thread publishes. Subscribing and unsubscribing are safe from any thread. Handing an event over takes no copy:
 * all subscribers share one {@link io.eventhandler.fanout.OutboundEvent}, which is encoded once per wire format. A subscriber
 * must not block; what it can't take any more is its own affair, and its own end.
 *
 * <p>May import {@code event} and {@code tracing}.
 */
@NullMarked
package io.eventhandler.fanout;

import org.jspecify.annotations.NullMarked;
