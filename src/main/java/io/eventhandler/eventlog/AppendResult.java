package io.eventhandler.eventlog;

/** How an append ended. */
public sealed interface AppendResult {

    /**
     * Committed, with the notification: the events have the ids {@code firstId}, {@code firstId + 1}, …
     */
    record Stored(long firstId) implements AppendResult {}

    /**
     * PostgreSQL can't store one of the events; nothing was stored.
     *
     * @param index of that event, -1 when it could not be found out
     */
    record Refused(int index, String reason) implements AppendResult {}

    /** Nothing was stored; the same append may succeed later. */
    record NotStored(String reason) implements AppendResult {}

    /** The connection broke during the commit and its outcome could not be resolved in time. */
    record Unknown(String reason) implements AppendResult {

        static final Unknown CONNECTION_BROKE =
                new Unknown("the connection to the database broke while the event was being stored");
    }
}
