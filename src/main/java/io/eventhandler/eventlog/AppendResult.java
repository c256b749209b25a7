package io.eventhandler.eventlog;

import io.eventhandler.event.Event;

/** How an append ended. */
public sealed interface AppendResult {

    /** Committed, with the notification. */
    record Stored(Event event) implements AppendResult {}

    /** PostgreSQL can't store this event; nothing was stored. */
    record Refused(String reason) implements AppendResult {}

    /** Nothing was stored; the same append may succeed later. */
    record NotStored(String reason) implements AppendResult {}

    /** The connection broke during the commit and its outcome could not be resolved in time. */
    record Unknown(String reason) implements AppendResult {

        static final Unknown CONNECTION_BROKE =
                new Unknown("the connection to the database broke while the event was being stored");
    }
}
