/**
 * What every microservice of a system needs, this one included: settings from the environment and {@code .env},
 * structured logging, event emission, a lifecycle with signal handling, health and metrics.
 *
 * <p>Extend {@link io.eventhandler.service.BaseMicroservice}; read settings through
 * {@link io.eventhandler.service.SettingsReader}. An ordinary service emits into a
 * {@link io.eventhandler.client.Spool}, so it runs whether the Event Handler does or not; the Event Handler itself has another
 * {@link io.eventhandler.service.Outlet}, its own log.
 *
 * <p>Invariants: a service lives once; whoever stops it returns when it has ended, and finds nothing of it running; whatever
 * was accepted is given to the Event Handler or kept, or its loss is logged.
 *
 * <p>May import {@code event}, {@code lifecycle}, {@code logging} and {@code client}.
 */
@NullMarked
package io.eventhandler.service;

import org.jspecify.annotations.NullMarked;
