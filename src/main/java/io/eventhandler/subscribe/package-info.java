/**
 * Subscribers: {@code /ws}, WebSocket (RFC 6455), and {@code /events/stream}, server-sent events.
 *
 * <p>An event is encoded once per replica and subprotocol, and shared by all connections with it. A connection has at
 * most one write under way; what gathers meanwhile goes out as one write, in order. What a subscriber doesn't read
 * waits in a queue bounded in events and bytes; beyond it the connection is ended with 4008 and the id to resume after,
 * and nobody else notices.
 *
 * <p>Callbacks of one connection come from Jetty's threads, offers from the tail's thread; a connection's queue is
 * guarded by its own lock, under which nothing blocks.
 *
 * <p>May import {@code event}, {@code eventlog}, {@code fanout}, {@code feed}, {@code json}, {@code cloudevents}, {@code web},
 * {@code lifecycle}, {@code service} and {@code activity}.
 */
@NullMarked
package io.eventhandler.subscribe;

import org.jspecify.annotations.NullMarked;
