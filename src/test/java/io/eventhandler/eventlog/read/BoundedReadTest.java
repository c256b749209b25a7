package io.eventhandler.eventlog.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.event.Event;
import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.postgres.Database;
import io.eventhandler.testing.TestLog;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pages of a log with events of very different sizes, and of a database that does not have all of it. */
class BoundedReadTest {

    private static final int EVENTS = 150;

    private static Database pool;

    @BeforeAll
    static void fill() {
        TestLog log = TestLog.create(1_000);
        // Every seventh is large by its payload, every eleventh by metadata of the size that was taken once.
        log.database().query("""
                SELECT first_id FROM append_events(gen_random_uuid(),
                    ARRAY(SELECT 'sized' FROM generate_series(1, %1$d)),
                    ARRAY(SELECT to_json(repeat('x', CASE WHEN n %% 7 = 0 THEN 700000 ELSE n END))::text
                          FROM generate_series(1, %1$d) AS numbers (n)),
                    array_fill('test'::text, ARRAY[%1$d]),
                    ARRAY(SELECT CASE WHEN n %% 11 = 0 THEN json_build_object('m', repeat('y', 3000000))::text END
                          FROM generate_series(1, %1$d) AS numbers (n)))""".formatted(EVENTS));
        pool = new Database(log.database().url(), "test", 3, Duration.ofSeconds(5), Duration.ofSeconds(20));
    }

    @AfterAll
    static void stop() {
        pool.stop();
    }

    private static HistoryQuery all(boolean ascending, long after) {
        return new HistoryQuery(List.of(), null, null, after, null, null, null, ascending, EVENTS);
    }

    private static long bytes(List<Event> events) {
        return events.stream().mapToLong(Event::bytes).sum();
    }

    /** The last event may exceed the page. */
    private static void assertBounded(List<Event> events, long maxBytes) {
        assertThat(bytes(events.subList(0, events.size() - 1))).isLessThanOrEqualTo(maxBytes);
    }

    @Test
    void everyPageIsBoundedInBytesAndNoneIsLeftOut() {
        var history = new HistoryReader(pool, () -> EVENTS);
        List<Long> ids = new ArrayList<>();
        for (boolean more = true; more; ) {
            EventPage page = history.page(all(true, ids.isEmpty() ? 0 : ids.getLast()));
            assertBounded(page.events(), 8 << 20);
            page.events().forEach(event -> ids.add(event.id()));
            more = page.more();
        }
        assertThat(ids).hasSize(EVENTS).isSorted().doesNotHaveDuplicates();

        HistoryExport export = HistoryExport.open(history, all(false, 0));
        List<Long> exported = new ArrayList<>();
        for (boolean more = true; more; ) {
            EventPage page = export.next();
            assertBounded(page.events(), 1 << 20);
            page.events().forEach(event -> exported.add(event.id()));
            more = page.more();
        }
        assertThat(exported.reversed()).isEqualTo(ids);
    }

    @Test
    void theTailReadsInBoundedPages() {
        var tail = new TailReader(new EventLog(pool));
        long position = 1;
        while (position < EVENTS) {
            List<Event> events = tail.readFrom(position, 1_000, EVENTS - position);
            assertThat(events.getFirst().id()).isEqualTo(position);
            assertBounded(events, 4 << 20);
            position = events.getLast().id();
        }
        assertThat(position).isEqualTo(EVENTS);
    }

    @Test
    void aDatabaseThatLagsIsNotTakenForComplete() throws Exception {
        var behind = new HistoryReader(pool, () -> EVENTS + 5);
        assertThatThrownBy(() -> behind.page(all(true, EVENTS - 2)))
                .hasMessage("the database has events up to %d only, of %d".formatted(EVENTS, EVENTS + 5));
        assertThatThrownBy(() -> behind.find(EVENTS + 1)).isInstanceOf(HistoryException.class);
        assertThatThrownBy(() -> HistoryExport.open(behind, all(true, 0))).isInstanceOf(HistoryException.class);

        var replays = new ReplayReader(
                behind, new RecentEvents(1_024, 1 << 20), new ReplayReader.Options(1), new SimpleMeterRegistry());
        List<NamePattern> patterns = List.of(NamePattern.of("sized"));
        assertThat(replays.read(patterns, EVENTS - 3, EVENTS).events()).isNotEmpty();
        assertThatThrownBy(() -> replays.read(patterns, EVENTS - 1, EVENTS + 2)).isInstanceOf(HistoryException.class);
    }
}
