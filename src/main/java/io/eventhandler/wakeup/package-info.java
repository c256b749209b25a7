/**
 * The wake-up: tells a replica that the log has grown. Knows notifications and nothing of events.
 *
 * <p>A notification is a hint; what is in it is the listener's affair. Losing, delaying, doubling or reordering one changes
 * latency and nothing else, because a heartbeat reads the head as well, and because the replica polls whenever
 * notifications don't arrive: while the connection is down, and behind a pooler that shares sessions, where it doesn't LISTEN.
 * A LISTEN that was lost while its connection lives shows by a head that moved without a notification.
 *
 * <p>On every connect: LISTEN first, then read the head, so nothing is missed in between. The driver's thread only calls
 * the listener, which must not block.
 *
 * <p>May import {@code postgres}, {@code lifecycle} and {@code service}.
 */
@NullMarked
package io.eventhandler.wakeup;

import org.jspecify.annotations.NullMarked;
