/**
 * CloudEvents 1.0: what their attributes look like, an event as one, and one as an event.
 *
 * <p>Stateless and safe for concurrent use. A payload is copied as it stands, never parsed.
 *
 * <p>May import {@code event} and {@code json}.
 */
@NullMarked
package io.eventhandler.cloudevents;

import org.jspecify.annotations.NullMarked;
