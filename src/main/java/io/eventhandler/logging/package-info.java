/**
 * Log lines: one structured line per record, as text on a terminal and as JSON otherwise, written by a thread of its
 * own so that a slow terminal never slows the service. What had to be dropped is counted and said. Lines are bounded in
 * length, and what waits to be written in bytes.
 *
 * <p>May import {@code lifecycle}.
 */
@NullMarked
package io.eventhandler.logging;

import org.jspecify.annotations.NullMarked;
