/**
 * Whether the log is still the one that a replica has read. It is another one when it has lost events that were visible,
 * by an asynchronous failover or a restore: then ids are used again, and a position means something only together with
 * the log's epoch.
 *
 * <p>Invariant: the epoch changes only when events were lost, under the order lock, so that one replica does it.
 *
 * <p>Safe for concurrent use. May import {@code event} and {@code eventlog}.
 */
@NullMarked
package io.eventhandler.eventlog.epoch;

import org.jspecify.annotations.NullMarked;
