/**
 * Reading the log: for the tail, for replays, for queries of the history and for its export.
 *
 * <p>Everything is read in order of id, a page at a time, each page a short transaction: no connection is held while
 * somebody else's client reads. Safe for concurrent use unless a class says otherwise.
 *
 * <p>May import {@code event}, {@code postgres}, {@code eventlog} and {@code service}.
 */
@NullMarked
package io.eventhandler.eventlog.read;

import org.jspecify.annotations.NullMarked;
