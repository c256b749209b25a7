/**
 * Appending to the log.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>An {@link io.eventhandler.eventlog.append.Appender} writes what has gathered as one autocommit statement: rows and
 *       NOTIFY commit together, and no lock is held across a round trip.
 *   <li>What PostgreSQL refuses fails alone.
 *   <li>A batch whose answer is lost is looked up by its token before it is answered or tried again.
 *   <li>Of all appends with the same source and idempotency key one is stored: decided under the order lock, in the
 *       transaction that stores it. The others are answered from what it left.
 *   <li>The queue and a batch are bounded.
 * </ul>
 *
 * <p>The appender is safe for concurrent use. It writes from one thread and tells a batch's publishers on the executor
 * that it is given.
 *
 * <p>May import {@code event}, {@code lifecycle}, {@code service}, {@code eventlog} and {@code eventlog.notify}.
 */
@NullMarked
package io.eventhandler.eventlog.append;

import org.jspecify.annotations.NullMarked;
