/**
 * The tail of the log: follows the head and hands every event to the hub, each once, in order of id.
 *
 * <p>One thread does it all; the wake-up only raises a number and wakes that thread. Small batches of other replicas come
 * with their notification, straight into the ring of recent events; the replica's own come from its appender. Events come
 * from the ring where it has them, and from the table otherwise. Ids are dense, so a missing event shows by arithmetic.
 *
 * <p>May import {@code event}, {@code eventlog}, {@code fanout}, {@code wakeup} and {@code lifecycle}.
 */
@NullMarked
package io.eventhandler.tail;

import org.jspecify.annotations.NullMarked;
