package io.eventhandler.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.event.Event;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecentEventsTest {

    private static Event event(long id, int bytes) {
        return new Event(id, "n", new byte[bytes], Instant.EPOCH, "s", Event.PROCESSED, null);
    }

    private static void add(RecentEvents recent, long... ids) {
        for (long id : ids) {
            recent.addAll(List.of(event(id, 0)));
        }
    }

    private static List<Long> run(RecentEvents recent, long after) {
        return recent.runAfter(after, 100).stream().map(Event::id).toList();
    }

    @Test
    void keepsTheNewestUpToItsCapacity() {
        var recent = new RecentEvents(4, 1 << 20);
        add(recent, 1, 2, 3, 4, 5, 6);
        assertThat(run(recent, 0)).isEmpty();
        assertThat(run(recent, 1)).isEmpty();
        assertThat(run(recent, 2)).containsExactly(3L, 4L, 5L, 6L);
        assertThat(run(recent, 6)).isEmpty();
    }

    @Test
    void endsARunAtTheFirstGapAndGoesOnWhenItIsFilled() {
        var recent = new RecentEvents(8, 1 << 20);
        add(recent, 1, 2, 4, 5);
        assertThat(run(recent, 0)).containsExactly(1L, 2L);
        add(recent, 3);
        assertThat(run(recent, 0)).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void staysWithinItsBytes() {
        var recent = new RecentEvents(1_000, 10_100);
        LongStream.rangeClosed(1, 100).forEach(id -> recent.addAll(List.of(event(id, 800))));
        assertThat(run(recent, 90)).containsExactly(91L, 92L, 93L, 94L, 95L, 96L, 97L, 98L, 99L, 100L);
        assertThat(run(recent, 89)).isEmpty();
        recent.addAll(List.of(event(101, 1 << 20)));
        assertThat(run(recent, 100)).containsExactly(101L);
        add(recent, 102);
        assertThat(run(recent, 101)).containsExactly(102L);
        assertThat(run(recent, 100)).isEmpty();
    }

    @Test
    void jumpsAheadWhenTheLogHas() {
        var recent = new RecentEvents(4, 1 << 20);
        add(recent, 1, 2, 5_000_000, 5_000_001);
        assertThat(run(recent, 0)).isEmpty();
        assertThat(run(recent, 4_999_999)).containsExactly(5_000_000L, 5_000_001L);
        assertThat(recent.newest()).isEqualTo(5_000_001);
    }

    @Test
    void countsAllOfAnEvent() {
        var recent = new RecentEvents(1_000, 10_000);
        for (long id = 1; id <= 100; id++) {
            var event = new Event(id, "n", new byte[1], Instant.EPOCH, "s", Event.PROCESSED, "x".repeat(5_000));
            recent.addAll(List.of(event));
        }
        assertThat(recent.upTo(100)).hasSize(1);
    }

    @Test
    void beginsAnewAtAPosition() {
        var recent = new RecentEvents(8, 1 << 20);
        add(recent, 1, 2, 3, 4, 5);
        recent.beginAt(new LogPosition(3, Instant.EPOCH));
        assertThat(recent.newest()).isEqualTo(3);
        assertThat(run(recent, 0)).isEmpty();
        assertThat(run(recent, 3)).isEmpty();
        add(recent, 4);
        assertThat(run(recent, 3)).containsExactly(4L);
    }

    @Test
    void noticesThatTheLogIsAnotherOne() {
        var contradictions = new AtomicInteger();
        var recent = new RecentEvents(8, 1 << 20);
        recent.onContradiction(contradictions::incrementAndGet);
        Instant later = Instant.EPOCH.plusSeconds(1);
        recent.beginAt(new LogPosition(3, later));
        recent.addAppended(List.of(at(4, later)), later);
        recent.addAppended(List.of(at(6, later)), later); // 5 is another replica's, and not here yet
        recent.addAll(List.of(at(5, later), at(6, later)));
        assertThat(contradictions).hasValue(0);

        recent.addAppended(List.of(at(7, later)), Instant.EPOCH); // after another 6
        assertThat(contradictions).hasValue(1);
        recent.addAll(List.of(at(5, Instant.EPOCH)));
        assertThat(contradictions).hasValue(2);
        recent.addAppended(List.of(at(3, later)), later); // an id that is behind the position
        assertThat(contradictions).hasValue(3);
    }

    private static Event at(long id, Instant createdAt) {
        return new Event(id, "n", new byte[0], createdAt, "s", Event.PROCESSED, null);
    }

    @Test
    void staysWithinItsBoundsWhateverTheSizes() {
        var random = new Random(7);
        for (int round = 0; round < 200; round++) {
            int capacity = 1 + random.nextInt(50);
            long maxBytes = 1_000L + random.nextInt(20_000);
            var recent = new RecentEvents(capacity, maxBytes);
            long id = 0;
            for (int n = 0; n < 300; n++) {
                id += random.nextInt(20) == 0 ? random.nextInt(200) : 1;
                recent.addAll(List.of(event(id, random.nextInt(10) == 0 ? random.nextInt(5_000) : 10)));
                List<Event> held = recent.upTo(id);
                assertThat(held).hasSizeLessThanOrEqualTo(capacity);
                long bytes =
                        held.stream().mapToLong(event -> event.bytes() + 200).sum();
                assertThat(held.size() == 1 || bytes <= maxBytes).isTrue();
                assertThat(held.getLast().id()).isEqualTo(id);
            }
        }
    }
}
