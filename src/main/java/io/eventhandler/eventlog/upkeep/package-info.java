/**
 * What is done to the log in the background: partitions made ahead of time and dropped, retention, the payload index.
 * Every replica runs all of it; the database lets one of them work at a time, and any other takes over wherever it stopped.
 *
 * <p>Publishers and readers don't wait for it. Each part has a thread of its own.
 *
 * <p>May import {@code lifecycle}, {@code service}, {@code postgres} and {@code eventlog}.
 */
@NullMarked
package io.eventhandler.eventlog.upkeep;

import org.jspecify.annotations.NullMarked;
