/**
 * The bench: the packaged service as a process of its own, loaded over loopback sockets, measured beside what everybody
 * would write first on the same database, in one run. {@link io.eventhandler.bench.Bench} runs all measures and prints one
 * table. Benchmarks of single classes, run by JMH, stand in the packages of those classes.
 */
@NullMarked
package io.eventhandler.bench;

import org.jspecify.annotations.NullMarked;
