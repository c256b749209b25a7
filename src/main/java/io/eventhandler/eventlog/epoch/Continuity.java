package io.eventhandler.eventlog.epoch;

import io.eventhandler.event.Event;
import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.LogPosition;
import io.eventhandler.postgres.jooq.Routines;
import io.eventhandler.postgres.jooq.routines.EventsContinuity;
import io.eventhandler.postgres.jooq.routines.RenewEventsEpoch;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the log with what a replica knows of it. Safe for concurrent use; every call may throw jOOQ's
 * {@code DataAccessException}.
 */
public final class Continuity {

    private final EventLog log;
    private final LogEpoch epoch;

    public Continuity(EventLog log, LogEpoch epoch) {
        this.log = log;
        this.epoch = epoch;
    }

    /** What a look at the log has found. */
    public enum Finding {
        /** It goes on from the position. */
        SAME,
        /** The event at the position was removed, as old events are, before what follows was read. */
        REMOVED,
        /** It is another log than the one that was read up to the position. */
        ANOTHER
    }

    /** What a look at the log has found, and the log's head. */
    public record Look(Finding finding, long head) {}

    /** Takes over the log's epoch and begins at its head. */
    public LogPosition begin() {
        EventsContinuity now = now(null);
        epoch.is(now.getEpoch());
        return position(now.getHead(), now.getCreatedAt());
    }

    /** Whether the log goes on from this position. */
    public Look look(LogPosition position) {
        EventsContinuity now = now(position.id());
        return new Look(finding(now, position), now.getHead());
    }

    private Finding finding(EventsContinuity now, LogPosition position) {
        @Nullable OffsetDateTime createdAt = now.getCreatedAt();
        if (!epoch.current().equals(now.getEpoch()) || now.getHead() < position.id()) {
            return Finding.ANOTHER;
        }
        if (position.createdAt() == null) {
            return Finding.SAME; // nothing was read yet
        }
        if (createdAt == null) {
            return Finding.REMOVED;
        }
        return createdAt.toInstant().equals(position.createdAt()) ? Finding.SAME : Finding.ANOTHER;
    }

    private EventsContinuity now(@Nullable Long knownId) {
        var now = new EventsContinuity();
        now.setKnownId(knownId);
        now.execute(log.sql().configuration());
        return now;
    }

    private static LogPosition position(long id, @Nullable OffsetDateTime createdAt) {
        return new LogPosition(id, createdAt == null ? null : createdAt.toInstant());
    }

    /**
     * Gives the log a new epoch if it is another one than the replica knows and nobody else has, and goes on from its head.
     *
     * @param position what the replica knows
     * @return the log's head
     */
    public LogPosition restart(LogPosition position) {
        var renewal = new RenewEventsEpoch();
        renewal.setKnownEpochs(epoch.known().toArray(String[]::new));
        renewal.setKnownId(position.id());
        renewal.setKnownAt(atOffset(position.createdAt()));
        renewal.execute(log.sql().configuration());
        epoch.is(renewal.getEpoch());
        return position(renewal.getHead(), renewal.getCreatedAt());
    }

    /**
     * The id up to which the log is as it was, by all that is known.
     *
     * @param known events as they were, in ascending order of id
     * @param before the end of the log as it was
     * @param now the end of the log as it is
     */
    public long inCommon(List<Event> known, LogPosition before, LogPosition now) {
        long unknownBelow = known.isEmpty() ? before.id() : known.getFirst().id() - 1;
        Long[] ids = known.stream().map(Event::id).toArray(Long[]::new);
        OffsetDateTime[] times =
                known.stream().map(event -> atOffset(event.createdAt())).toArray(OffsetDateTime[]::new);
        @Nullable Long common = Routines.eventsInCommon(log.sql().configuration(), ids, times);
        return common == null ? Math.min(unknownBelow, now.id()) : common;
    }

    private static @Nullable OffsetDateTime atOffset(@Nullable Instant moment) {
        return moment == null ? null : moment.atOffset(ZoneOffset.UTC);
    }
}
