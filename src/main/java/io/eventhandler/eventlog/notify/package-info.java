/**
 * What a notification of the log says: the new head, and the batch itself when that fits. Other replicas believe the
 * events only with the log's signature, since any role that may connect can notify.
 *
 * <p>Safe for concurrent use. May import {@code event} and {@code eventlog}.
 */
@NullMarked
package io.eventhandler.eventlog.notify;

import org.jspecify.annotations.NullMarked;
