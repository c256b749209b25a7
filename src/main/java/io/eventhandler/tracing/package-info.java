/**
 * Distributed traces: what happens to an event whose publisher's trace is recorded, as OpenTelemetry spans sent by OTLP.
 * Off unless an endpoint is set; then no OpenTelemetry class is loaded but those of its API.
 *
 * <p>Safe for concurrent use. Never blocks: spans that can't be sent in time are dropped.
 *
 * <p>May import {@code event}, {@code json}, {@code lifecycle} and {@code service}.
 */
@NullMarked
package io.eventhandler.tracing;

import org.jspecify.annotations.NullMarked;
