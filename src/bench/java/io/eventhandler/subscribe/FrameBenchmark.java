package io.eventhandler.subscribe;

import io.eventhandler.event.Event;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From an event to the message that all its subscribers share. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
public class FrameBenchmark {

    private final Event event = new Event(
            1,
            "bench.x",
            ("{\"n\":123456,\"pad\":\"" + "x".repeat(150) + "\"}").getBytes(StandardCharsets.US_ASCII),
            Instant.EPOCH,
            "api",
            Event.PROCESSED,
            null);

    @Benchmark
    public byte[] encode() {
        return MessageFormats.OWN.plain().encode(event);
    }
}
