/**
 * What services log, in PostgreSQL, apart from the events: partitions by the day of arrival, no order lock, no notification.
 * Records are written in batches by COPY on connections of its own; whole days are removed.
 */
@NullMarked
package io.eventhandler.logstore;

import org.jspecify.annotations.NullMarked;
