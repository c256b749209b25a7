package io.eventhandler.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.event.Event;
import io.eventhandler.event.NamePattern;
import io.eventhandler.tracing.Tracing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one subscriber or one encoder does is its own affair. */
class HubTest {

    private static final long BAD = 3;

    private final Hub hub = new Hub(Tracing.off());

    /** Keeps what it is offered. */
    private static final class Taker implements Subscriber {
        private final List<Long> taken = new ArrayList<>();
        private final List<Throwable> failures = new ArrayList<>();
        private LongConsumer onOffer = id -> {};
        private Runnable onFlush = () -> {};
        private int flushes;

        @Override
        public boolean offer(OutboundMessage message) {
            onOffer.accept(message.id());
            taken.add(message.id());
            return true;
        }

        @Override
        public void flush() {
            flushes++;
            onFlush.run();
        }

        @Override
        public void fail(Throwable cause) {
            failures.add(cause);
        }
    }

    private static List<Event> events(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(id -> new Event(id, "a.b", new byte[] {'1'}, Instant.EPOCH, "api", Event.PROCESSED, null))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.b", "a.*"})
    void anEncoderThatThrowsCostsNobodyElseAnEvent(String pattern) {
        var first = new Taker();
        var bad = new Taker();
        var last = new Taker();
        hub.subscribe(NamePattern.of(pattern), Event::payload, first);
        hub.subscribe(
                NamePattern.of(pattern),
                event -> {
                    if (event.id() == BAD) {
                        throw new IllegalStateException("can't be encoded");
                    }
                    return event.payload();
                },
                bad);
        hub.subscribe(NamePattern.of(pattern), Event::payload, last);
        hub.publish(events(1, 5));
        assertThat(first.taken).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(last.taken).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(bad.taken).doesNotContain(BAD);
        assertThat(bad.failures).singleElement().asString().contains("can't be encoded");
        assertThat(hub.position()).isEqualTo(5);
    }

    @Test
    void aSubscriberThatThrowsCostsNobodyElseAnEvent() {
        var takesNone = new Taker();
        takesNone.onOffer = id -> {
            throw new AssertionError("no");
        };
        var flushesNone = new Taker();
        flushesNone.onFlush = () -> {
            throw new IllegalStateException("no");
        };
        var other = new Taker();
        for (Taker taker : List.of(takesNone, flushesNone, other)) {
            hub.subscribe(NamePattern.of("a.b"), Event::payload, taker);
        }
        hub.publish(events(1, 2));
        assertThat(takesNone.failures).isNotEmpty();
        assertThat(flushesNone.failures).isNotEmpty();
        assertThat(other.taken).containsExactly(1L, 2L);
        assertThat(other.flushes).isPositive();
        assertThat(other.failures).isEmpty();
    }
}
