package io.eventhandler.eventlog;

import static io.eventhandler.eventlog.jooq.Tables.EVENTS;

import io.eventhandler.event.Event;
import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.jooq.tables.records.EventsRecord;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.Result;
import org.jooq.Table;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/**
 * Reads the log page by page for subscribers that are behind: from the ring of recent events where it has them, else
 * from the table. So many read from the table at once as the setting says, the others wait their turn, page by page.
 * Safe for concurrent use.
 */
public final class ReplayReader {

    private static final int PAGE = 1_000;
    private static final long PAGE_BYTES = 1 << 20;

    /** Ids that are read with a condition on many names, which the index can't order. */
    private static final int WINDOW = 10_000;

    private final EventLog log;
    private final RecentEvents recent;
    private final Semaphore turns;

    /**
     * @param concurrent how many may read from the table at once
     */
    public ReplayReader(EventLog log, RecentEvents recent, int concurrent) {
        this.log = log;
        this.recent = recent;
        this.turns = new Semaphore(concurrent, true);
    }

    /** The events after this id that are in the ring, without a gap. */
    public List<Event> recent(long after, int max) {
        return recent.runAfter(after, max);
    }

    /** Whether everything between these ids is in the ring. */
    public boolean isRecent(long after, long reached) {
        return after == reached
                || (after < reached && !recent.runAfter(after, 1).isEmpty());
    }

    /**
     * Checks that nothing after this id is missing from the log. May block.
     *
     * @throws EventsRemovedException when events after it are no longer kept
     * @throws BeyondHeadException when there is no such id yet
     */
    public void check(long after) throws EventsRemovedException, BeyondHeadException, InterruptedException {
        turns.acquire();
        try {
            long head = log.head();
            if (after > head) {
                throw new BeyondHeadException(after, head);
            }
            long earliest = log.earliest();
            if (earliest > after + 1) {
                throw new EventsRemovedException(after, earliest);
            }
        } catch (DataAccessException e) {
            throw new LogUnavailableException(e);
        } finally {
            turns.release();
        }
    }

    /**
     * The next page of the events that the patterns select.
     *
     * @param after the id after which to read
     * @param upTo the id up to which to read, greater than {@code after} and not beyond the head
     * @throws EventsRemovedException when events after {@code after} are no longer kept
     */
    public ReplayPage read(List<NamePattern> patterns, long after, long upTo)
            throws EventsRemovedException, InterruptedException {
        List<Event> run = recent.runAfter(after, (int) Math.min(PAGE, upTo - after));
        if (!run.isEmpty()) {
            return new ReplayPage(run, run.getLast().id());
        }
        turns.acquire();
        try {
            ReplayPage page = readTable(patterns, after, upTo);
            long earliest = log.earliest(); // asked for afterwards: nothing was removed while the page was read
            if (earliest > after + 1) {
                throw new EventsRemovedException(after, earliest);
            }
            return page;
        } finally {
            turns.release();
        }
    }

    /** The id after which the last {@code count} events that the patterns select start: the head when there are none. */
    public long beforeLast(List<NamePattern> patterns, int count) throws InterruptedException {
        turns.acquire();
        try {
            List<String> names = NameSelection.names(log.sql(), patterns);
            if (names != null && names.isEmpty()) {
                return log.head();
            }
            Result<Record1<Long>> ids = log.sql()
                    .select(EVENTS.ID)
                    .from(names == null ? EVENTS : named(names, DSL.noCondition()))
                    .where(names == null ? NameSelection.condition(patterns) : DSL.noCondition())
                    .orderBy(EVENTS.ID.desc())
                    .limit(count)
                    .fetch();
            return (ids.isEmpty() ? log.head() + 1 : ids.getLast().value1()) - 1;
        } catch (DataAccessException e) {
            throw new LogUnavailableException(e);
        } finally {
            turns.release();
        }
    }

    private ReplayPage readTable(List<NamePattern> patterns, long after, long upTo) {
        DSLContext sql = log.sql();
        List<String> names = upTo - after <= PAGE ? null : NameSelection.names(sql, patterns);
        if (names != null && names.isEmpty()) {
            return new ReplayPage(List.of(), upTo);
        }
        long end = names == null ? Math.min(upTo, after + WINDOW) : upTo;
        Condition range = EVENTS.ID.gt(after).and(EVENTS.ID.le(end));
        var query = names == null
                ? sql.selectFrom(EVENTS).where(range).and(NameSelection.condition(patterns))
                : sql.selectFrom(named(names, range));
        HistoryPage page = log.page(query.orderBy(EVENTS.ID), PAGE, PAGE_BYTES);
        return new ReplayPage(
                page.events(), page.more() ? page.events().getLast().id() : end);
    }

    private Table<EventsRecord> named(List<String> names, Condition condition) {
        return NameSelection.merged(
                names, named -> log.sql().selectFrom(EVENTS).where(condition).and(named));
    }
}
