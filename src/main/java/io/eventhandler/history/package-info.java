/**
 * The history: {@code GET /events} and {@code GET /events/{id}}, read from the log in pages by id, or streamed.
 *
 * <p>Safe for concurrent use. A stream holds a page and no connection while its client reads; the number of streams is
 * bounded, and so are the bytes of all answers under way; one that can't go on ends its connection so that the client knows.
 *
 * <p>May import {@code event}, {@code eventlog}, {@code json}, {@code cloudevents}, {@code web} and
 * {@code service}.
 */
@NullMarked
package io.eventhandler.history;

import org.jspecify.annotations.NullMarked;
