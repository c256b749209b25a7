package io.eventhandler.eventlog.append;

import java.util.List;

/** How an append ended. */
public sealed interface AppendResult {

    /**
     * Committed, with the notification: the events have the ids {@code firstId}, {@code firstId + 1}, …
     */
    record Stored(long firstId) implements AppendResult {}

    /**
     * Committed, some of the events by an earlier append with the same idempotency keys, which was not repeated.
     *
     * @param ids of all the events
     * @param whole whether this append stored nothing
     */
    record Replayed(List<Long> ids, boolean whole) implements AppendResult {}

    /**
     * The idempotency key stands for other events than these; nothing was stored.
     *
     * @param index of the first of these events
     */
    record KeyReused(int index, String key) implements AppendResult {}

    /**
     * PostgreSQL can't store one of the events; nothing was stored.
     *
     * @param index of that event, -1 when it could not be found out
     */
    record Refused(int index, String reason) implements AppendResult {}

    /** Nothing was stored; the same append may succeed later. */
    record NotStored(String reason) implements AppendResult {}

    /** Whether it was stored is not known: its outcome was lost, and could not be resolved in time. */
    record Unknown(String reason) implements AppendResult {

        static final Unknown CONNECTION_BROKE =
                new Unknown("the connection to the database broke while the event was being stored");

        static final Unknown SERVICE_FAILED =
                new Unknown("the service failed while the event was being stored, see its log");

        static final Unknown NO_ANSWER = new Unknown(
                "the database has not answered in time: it may be waiting for other writers, a standby or its disk");
    }
}
