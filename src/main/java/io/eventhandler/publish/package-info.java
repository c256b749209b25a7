/**
 * {@code POST /publish}: reads a request once, as a stream, and appends its event, or its batch as a whole;
 * events may come as CloudEvents 1.0 in each mode of their HTTP binding.
 *
 * <p>The payload's bytes are carried through unchanged to the log and to this replica's subscribers, so everything that
 * would make the stored JSON differ from the published one is refused: duplicate members, {@code \u0000}, lone
 * surrogates, numbers that PostgreSQL can't keep.
 *
 * <p>An idempotency key is for one event, or in the header for a batch as a whole; all keys of a request are distinct.
 *
 * <p>A request holds no thread while it waits: it is read and parsed on the selector's thread (a large body on a thread of
 * its own), and answered there when its batch is committed, together with the others of that batch.
 *
 * <p>Memory is bounded by a budget for what has come of the bodies that are being read, and for what waits to be stored.
 * What a request takes is given back when it has ended, in one place, whatever ends it. Whatever fails is answered.
 *
 * <p>May import {@code event}, {@code eventlog}, {@code json}, {@code cloudevents}, {@code web},
 * {@code activity} and {@code service}.
 */
@NullMarked
package io.eventhandler.publish;

import org.jspecify.annotations.NullMarked;
