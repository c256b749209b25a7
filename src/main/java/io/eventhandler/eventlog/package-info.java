/**
 * The log: events in one table of PostgreSQL, in one order, with dense ids.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Every append goes through the SQL function {@code append_events}; ids are dense and become visible in order.
 *   <li>An {@link io.eventhandler.eventlog.Appender} writes what has gathered as one autocommit statement: rows and
 *       NOTIFY commit together, and no lock is held across a round trip.
 *   <li>What PostgreSQL refuses fails alone.
 *   <li>A batch whose answer is lost is looked up by its token before it is answered or tried again.
 *   <li>Of all appends with the same source and idempotency key one is stored: decided under the order lock, in the
 *       transaction that stores it. The others are answered from what it left.
 *   <li>A notification carries its batch when that fits; other replicas believe it only with the log's signature.
 *   <li>{@link io.eventhandler.eventlog.Retention} removes events at the lower end only, and never the newest: the ids from
 *       the earliest event to the head stay dense.
 *   <li>{@link io.eventhandler.eventlog.History} reads in order of id, on connections of its own, a page at a time.
 *   <li>The queue, a batch, a page and the ring of recent events are bounded.
 * </ul>
 *
 * <p>{@link io.eventhandler.eventlog.EventLog}, {@link io.eventhandler.eventlog.Appender} and
 * {@link io.eventhandler.eventlog.RecentEvents} are safe for concurrent use. The appender writes from one thread and
 * tells a batch's publishers on the executor that it is given.
 *
 * <p>May import {@code event}, {@code lifecycle} and {@code postgres}.
 */
@NullMarked
package io.eventhandler.eventlog;

import org.jspecify.annotations.NullMarked;
