/**
 * The history: {@code GET /events} and {@code GET /events/{id}}, read from the log in pages by id.
 *
 * <p>Stateless and safe for concurrent use.
 *
 * <p>May import {@code event}, {@code eventlog}, {@code wire} and {@code web}.
 */
@NullMarked
package io.eventhandler.history;

import org.jspecify.annotations.NullMarked;
