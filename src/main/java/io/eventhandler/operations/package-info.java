/**
 * What operators ask: is it alive, is it ready.
 *
 * <p>May import {@code web} and {@code service}.
 */
@NullMarked
package io.eventhandler.operations;

import org.jspecify.annotations.NullMarked;
