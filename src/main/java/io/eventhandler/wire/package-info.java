/**
 * The shapes in which events leave the service, each in one place, for every transport.
 *
 * <p>Stateless and safe for concurrent use. A payload is copied as it stands, never parsed.
 *
 * <p>May import {@code event} and {@code web}.
 */
@NullMarked
package io.eventhandler.wire;

import org.jspecify.annotations.NullMarked;
