/**
 * The commands that talk to a running service as any client does, and what all commands share: where the service is
 * ({@link io.eventhandler.cli.ServiceOptions}), the contexts that a user has saved, and how errors are said.
 *
 * <p>A command runs on one thread, in a process of its own. Its result goes to standard output and nothing else does; what
 * went wrong goes to standard error, in one line that says what to do, without any credential. The status is 0 when it is
 * done, 1 when it failed, 2 when it was called wrongly. A credential goes only to the address that it was given with.
 *
 * <p>May import {@code event}, {@code json}, {@code logging}, {@code client} and {@code service}; the commands that need the
 * database or the server are in {@code app}, which composes them all.
 */
@NullMarked
package io.eventhandler.cli;

import org.jspecify.annotations.NullMarked;
