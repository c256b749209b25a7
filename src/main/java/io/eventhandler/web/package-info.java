/**
 * HTTP as this service speaks it: JSON answers in one envelope for every path and every error, request bodies with a
 * limit. Knows nothing of events.
 *
 * <p>An {@code Endpoint} registers its paths with {@code Routes}: those that are answered by Javalin's handlers, on virtual
 * threads where they may block, and those that are answered directly on the selectors' threads and must not. The {@code
 * Router} in front of both knows every path: what there is not, it refuses. Nothing that a client sent or that a handler
 * threw is answered at length: an {@code ApiException} says in words of its own what is wrong, everything else is a fault
 * of the service for its log.
 *
 * <p>May import {@code lifecycle}, {@code service} and {@code activity}.
 */
@NullMarked
package io.eventhandler.web;

import org.jspecify.annotations.NullMarked;
