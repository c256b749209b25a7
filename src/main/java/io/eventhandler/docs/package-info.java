/**
 * What the service says of itself: {@code GET /openapi.json} (HTTP), {@code GET /asyncapi.json} (WebSocket messages and
 * server-sent events), and {@code GET /docs}, a page that renders both in the browser, so that it says nothing else.
 *
 * <p>The documents are resources, written by hand; tests hold them to the code and to the answers of a running replica.
 *
 * <p>Stateless and safe for concurrent use. May import {@code web}.
 */
@NullMarked
package io.eventhandler.docs;

import org.jspecify.annotations.NullMarked;
