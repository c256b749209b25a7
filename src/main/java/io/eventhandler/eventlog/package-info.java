/**
 * The log: events in one table of PostgreSQL, in one order, with dense ids. Here is what its parts share: the log over a
 * pool of connections, and the ring of its newest events. Around it stand
 *
 * <ul>
 *   <li>{@code append}: group commit, idempotency keys, what becomes of a batch whose answer was lost;
 *   <li>{@code notify}: what a notification says, for those who listen;
 *   <li>{@code read}: the tail, replays, the history and its export, a page at a time;
 *   <li>{@code upkeep}: partitions, retention, the payload index.
 * </ul>
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Every append goes through the SQL function {@code append_events}; ids are dense and become visible in order.
 *   <li>Events are removed at the lower end only, and never the newest: the ids from the earliest event to the head stay
 *       dense.
 *   <li>Pages, batches, queues and the ring of recent events are bounded.
 * </ul>
 *
 * <p>{@link io.eventhandler.eventlog.EventLog} and {@link io.eventhandler.eventlog.RecentEvents} are safe for concurrent
 * use.
 *
 * <p>May import {@code event}, {@code postgres} and {@code service}; its parts also each other's ground, {@code lifecycle} and {@code json}.
 */
@NullMarked
package io.eventhandler.eventlog;

import org.jspecify.annotations.NullMarked;
