package io.eventhandler.fanout;

import io.eventhandler.event.Event;
import io.eventhandler.event.NamePattern;
import io.eventhandler.tracing.Tracing;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** From an event to its subscribers, among 10,000 subscribed names, and with as many patterns that select others. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
public class HubBenchmark {

    private static final int NAMES = 10_000;
    private static final int POPULAR = 1_000;

    private static final MessageFormat FORMAT = Event::payload;

    @Param({"0", "10000"})
    public int patterns;

    private final Hub hub = new Hub(Tracing.off());
    private final List<Event> toOne = List.of(event("bench.name.777"));
    private final List<Event> toThousand = List.of(event("bench.popular"));

    private static Event event(String name) {
        return new Event(
                1, name, "{}".getBytes(StandardCharsets.US_ASCII), Instant.EPOCH, "api", Event.PROCESSED, null);
    }

    @Setup
    public void subscribe() {
        for (int i = 0; i < NAMES; i++) {
            hub.subscribe(NamePattern.of("bench.name." + i), FORMAT, new Taker());
        }
        for (int i = 0; i < patterns; i++) {
            hub.subscribe(NamePattern.of("other." + i + ".*"), FORMAT, new Taker());
        }
        for (int i = 0; i < POPULAR; i++) {
            hub.subscribe(NamePattern.of("bench.popular"), FORMAT, new Taker());
        }
    }

    @Benchmark
    public void toOneSubscriber() {
        hub.publish(toOne);
    }

    @Benchmark
    public void toThousandSubscribers() {
        hub.publish(toThousand);
    }

    private static final class Taker implements Subscriber {
        private long lastId;

        @Override
        public boolean offer(OutboundMessage message) {
            lastId = message.id();
            return lastId > 0;
        }

        @Override
        public void flush() {
            lastId = 0;
        }

        @Override
        public void fail(Throwable cause) {
            throw new IllegalStateException(cause);
        }
    }
}
