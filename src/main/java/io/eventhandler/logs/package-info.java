/**
 * What other services log, as OpenTelemetry's protocol (OTLP over HTTP) brings it, in protobuf and in JSON.
 *
 * <p>A request is read once, as a stream: no tree of it is built, so that it takes a few times its own size at most, whatever
 * it holds. What can't be kept of a record is replaced, cut and marked; a record that makes no sense is rejected alone, the
 * others of its request are taken. A body that is not what its content type says is refused as a whole.
 *
 * <p>Instances that read a request are for one thread.
 *
 * <p>May import {@code logstore}, {@code access}, {@code web} and {@code json}.
 */
@NullMarked
package io.eventhandler.logs;

import org.jspecify.annotations.NullMarked;
