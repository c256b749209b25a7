package io.eventhandler.client;

import java.io.Serial;

/** An event was not accepted, since too many wait to be sent. The message says how much that is, and what to do. */
public final class SpoolFullException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    SpoolFullException(long events, long bytes, long more, long limit) {
        super(
                ("the event was not accepted: it takes %,d bytes, and the spool holds %,d of at most %,d bytes, with %,d events"
                                + " that wait for the Event Handler. Emit it again when the Event Handler is back, or give the"
                                + " spool more room (SPOOL_SIZE)")
                        .formatted(more, bytes, limit, events));
    }
}
