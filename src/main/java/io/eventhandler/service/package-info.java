/**
 * What every microservice of a system needs, this one included: settings from the environment and {@code .env},
 * structured logging, event emission, a lifecycle with signal handling, and health.
 *
 * <p>Extend {@link io.eventhandler.service.BaseMicroservice}; read settings through
 * {@link io.eventhandler.service.SettingsReader}; an ordinary service emits through an
 * {@link io.eventhandler.client.EventClient}.
 *
 * <p>May import {@code event}, {@code lifecycle}, {@code logging} and {@code client}.
 */
@NullMarked
package io.eventhandler.service;

import org.jspecify.annotations.NullMarked;
