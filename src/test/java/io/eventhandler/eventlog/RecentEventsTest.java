package io.eventhandler.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.event.Event;
import java.time.Instant;
import java.util.List;
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
        var recent = new RecentEvents(1_000, 10_000);
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
}
