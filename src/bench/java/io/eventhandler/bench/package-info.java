/**
 * The bench: the service as a process of its own, loaded over loopback sockets, measured beside what everybody would write
 * first on the same database, in one run. {@link io.eventhandler.bench.Bench} runs all measures and prints one table.
 */
@NullMarked
package io.eventhandler.bench;

import org.jspecify.annotations.NullMarked;
