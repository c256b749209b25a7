/**
 * What one client may take, so that the others get theirs: rates and shares, each of whoever asks. Who that is, an API key,
 * the subject of a token, or an address while nobody is asked for a credential, says the caller. Whatever is refused gets 429
 * and counts as {@code eventhandler_limited_total}.
 *
 * <p>Invariants: a limit that is 0 costs nothing; no more than a fixed number of clients is remembered. Thread-safe. May
 * import {@code service} and {@code web}.
 */
@NullMarked
package io.eventhandler.limits;

import org.jspecify.annotations.NullMarked;
