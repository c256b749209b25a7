/**
 * The shared event model: what a publisher hands in, what the log keeps, and what a name may look like.
 *
 * <p>Everything here is immutable and safe to share between threads. The payload is carried as the JSON text's UTF-8
 * bytes, exactly as published or as PostgreSQL writes it; nobody may change the arrays.
 *
 * <p>Imports nothing of this project.
 */
@NullMarked
package io.eventhandler.event;

import org.jspecify.annotations.NullMarked;
