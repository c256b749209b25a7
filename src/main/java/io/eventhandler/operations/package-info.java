/**
 * What operators ask: is it alive, is it ready, how is it doing.
 *
 * <p>May import {@code web}, {@code service} and {@code lifecycle}. Metrics of Prometheus are made here alone; parts know a
 * {@code MeterRegistry}.
 */
@NullMarked
package io.eventhandler.operations;

import org.jspecify.annotations.NullMarked;
