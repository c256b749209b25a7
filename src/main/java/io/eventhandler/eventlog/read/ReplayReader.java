package io.eventhandler.eventlog.read;

import static io.eventhandler.postgres.jooq.Tables.EVENTS;

import io.eventhandler.event.Event;
import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.service.SettingsReader;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jooq.impl.DSL;

/**
 * Reads the log page by page for subscribers that are behind: from the ring of recent events where it has them, else
 * from the table. So many read from the table at once as the setting says, the others wait their turn, page by page.
 * Safe for concurrent use.
 */
public final class ReplayReader {

    private static final int PAGE = 1_000;
    private static final long PAGE_BYTES = 128 << 10;

    /** Ids that are read with a condition on many names, which the index can't order. */
    private static final int WINDOW = 10_000;

    /**
     * @param maxReplays that read from the table at once
     */
    public record Options(int maxReplays) {

        /** Reads {@code MAX_REPLAYS}; by default not all connections of the pool. */
        public static Options read(SettingsReader in, int poolSize) {
            Long replays = in.optionalNumber(
                    "MAX_REPLAYS", "4", 1, 1_000, "replays that read from the database at once, the others take turns");
            return new Options(replays == null ? Math.clamp(poolSize - 1, 1, 4) : replays.intValue());
        }
    }

    private final HistoryReader log;
    private final RecentEvents recent;
    private final Semaphore turns;
    private final Counter replays;
    private final AtomicInteger active = new AtomicInteger();

    /**
     * @param log over a pool with more connections than there may be replays
     */
    public ReplayReader(HistoryReader log, RecentEvents recent, Options options, MeterRegistry registry) {
        this.log = log;
        this.recent = recent;
        this.turns = new Semaphore(options.maxReplays(), true);
        this.replays = Counter.builder("eventhandler.replays")
                .description("Replays that were begun")
                .register(registry);
        Gauge.builder("eventhandler.replays.active", active::get)
                .description("Replays that have not reached the tail yet")
                .register(registry);
    }

    /** A replay begins, of however many pages. */
    public void begin() {
        replays.increment();
        active.incrementAndGet();
    }

    /** A replay that was begun has ended. */
    public void end() {
        active.decrementAndGet();
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
     * @throws HistoryException when the database does not answer
     */
    public void check(long after) throws EventsRemovedException, BeyondHeadException, InterruptedException {
        IdRange inLog = inTurn(ReadTransaction::inLog);
        if (after > inLog.last()) {
            throw new BeyondHeadException(after, inLog.last());
        }
        checkKept(after, inLog.first());
    }

    private static void checkKept(long after, long earliest) throws EventsRemovedException {
        if (earliest > after + 1) {
            throw new EventsRemovedException(after, earliest);
        }
    }

    /**
     * The next page of the events that the patterns select.
     *
     * @param after the id after which to read
     * @param upTo the id up to which to read, greater than {@code after} and not beyond the head
     * @throws EventsRemovedException when events after {@code after} are no longer kept
     * @throws HistoryException when the database does not answer
     */
    public ReplayPage read(List<NamePattern> patterns, long after, long upTo)
            throws EventsRemovedException, InterruptedException {
        List<Event> run = recent.runAfter(after, (int) Math.min(PAGE, upTo - after));
        if (!run.isEmpty()) {
            return new ReplayPage(run, run.getLast().id());
        }
        var earliest = new AtomicLong();
        ReplayPage page = inTurn(read -> {
            ReplayPage next = readTable(read, query(patterns, true), after, upTo);
            earliest.set(read.earliest());
            read.requireHead(next.end());
            return next;
        });
        checkKept(after, earliest.get());
        return page;
    }

    private static ReplayPage readTable(ReadTransaction read, HistoryQuery query, long after, long upTo) {
        List<String> names = upTo - after <= PAGE ? null : NameSelection.names(read.sql(), query.patterns());
        long end = names == null ? Math.min(upTo, after + WINDOW) : upTo;
        var range = new IdRange(after + 1, end);
        EventPage page = HistoryReader.page(read, query, range, names, PAGE, PAGE_BYTES);
        return new ReplayPage(
                page.events(), page.more() ? page.events().getLast().id() : end);
    }

    /**
     * The id after which the last {@code count} events that the patterns select start, the head when there are none.
     *
     * @throws HistoryException when the database does not answer
     */
    public long beforeLast(List<NamePattern> patterns, int count) throws InterruptedException {
        return inTurn(read -> {
            List<String> names = NameSelection.names(read.sql(), patterns);
            IdRange inLog = read.inLog();
            if (names != null && names.isEmpty()) {
                return inLog.last();
            }
            var last = HistorySql.page(read.sql(), query(patterns, false), inLog, names, count);
            Long first = read.sql()
                    .select(DSL.min(EVENTS.ID))
                    .from(last.asTable(EVENTS.getName()))
                    .fetchSingle()
                    .value1();
            return first == null ? inLog.last() : first - 1;
        });
    }

    private static HistoryQuery query(List<NamePattern> patterns, boolean ascending) {
        return new HistoryQuery(patterns, null, null, null, null, null, null, ascending, PAGE);
    }

    private <T> T inTurn(Function<ReadTransaction, T> reading) throws InterruptedException {
        turns.acquire();
        try {
            return log.read(reading);
        } finally {
            turns.release();
        }
    }
}
