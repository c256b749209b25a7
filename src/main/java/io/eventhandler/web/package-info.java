/**
 * HTTP as this service speaks it: Javalin's server, JSON answers in one envelope for every path and every error, request
 * bodies with a limit. Knows nothing of events.
 *
 * <p>Javalin's handlers run on virtual threads and may block. Handlers in front of Javalin run on the selectors' threads
 * and must not.
 *
 * <p>May import {@code lifecycle}, {@code service} and {@code activity}.
 */
@NullMarked
package io.eventhandler.web;

import org.jspecify.annotations.NullMarked;
