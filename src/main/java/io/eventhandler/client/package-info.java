/**
 * What other services talk to an Event Handler with: {@link io.eventhandler.client.EventClient} publishes, subscribes and reads the
 * history. Needs the JDK and Jackson, nothing else.
 *
 * <p>Invariants: what is handed over to be published is stored at most once, whatever is retried, since every event carries an
 * idempotency key from its first try on; events are stored in the order in which they were handed over; whoever waits for an
 * outcome gets one by the deadline. What waits is bounded in number and in bytes: the caller waits beyond that. A subscription
 * hands over every event that it asked for, in the order of the ids and one at a time, and remembers each before the next one; a
 * position that the log no longer has is said, never passed over in silence.
 *
 * <p>{@link io.eventhandler.client.Spool} accepts events while the service is away. Its invariants: an event is accepted or the
 * caller knows better; what is accepted is stored once and in order, or refused by the service and said so; in a directory it
 * is on the disk before it is accepted, and stays there until it is stored. Files are read up to what is whole.
 *
 * <p>Concurrency: the classes that users see are thread-safe. One virtual thread per client publishes, one request at a time,
 * and whatever gathers meanwhile is the next request. One virtual thread per subscription connects, handles and remembers; what
 * arrives meanwhile waits in a queue bounded in bytes, behind which nothing is read.
 *
 * <p>May import {@code event}, {@code json} and {@code lifecycle}.
 */
@NullMarked
package io.eventhandler.client;

import org.jspecify.annotations.NullMarked;
