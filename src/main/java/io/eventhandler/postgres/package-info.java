/**
 * PostgreSQL as a place to connect to: the address in every form that people paste, the pools, the schema, and the
 * embedded server for those who have no database yet. Knows nothing of events.
 *
 * <p>{@link io.eventhandler.postgres.Database} is safe for concurrent use. The embedded server is a child that outlives
 * a killed service by seconds and never its data: it runs with fsync on and stops when its watchdog's input ends.
 *
 * <p>May import {@code lifecycle} and {@code service}.
 */
@NullMarked
package io.eventhandler.postgres;

import org.jspecify.annotations.NullMarked;
