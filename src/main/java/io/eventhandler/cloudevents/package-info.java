/**
 * CloudEvents 1.0: what their attributes look like, and an event as one.
 *
 * <p>Stateless and safe for concurrent use. A payload is copied as it stands, never parsed.
 *
 * <p>May import {@code event}, {@code json} and {@code web}.
 */
@NullMarked
package io.eventhandler.cloudevents;

import org.jspecify.annotations.NullMarked;
