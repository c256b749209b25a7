/**
 * The service as a whole: {@link io.eventhandler.app.Main} reads the settings,
 * {@link io.eventhandler.app.EventHandler} starts and stops, {@link io.eventhandler.app.Replica} makes every part once and
 * starts them in the order in which an event meets them.
 *
 * <p>May import everything; nothing may import it.
 */
@NullMarked
package io.eventhandler.app;

import org.jspecify.annotations.NullMarked;
