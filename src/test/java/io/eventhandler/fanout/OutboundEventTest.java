package io.eventhandler.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.event.Event;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OutboundEventTest {

    @Test
    void anEventIsEncodedOncePerFormatForAllThreads() throws Exception {
        var event = new Event(1, "a", new byte[] {'1'}, Instant.EPOCH, "api", Event.PROCESSED, null);
        OutboundEvent outbound = OutboundEvent.of(event);
        var calls = new AtomicInteger[] {new AtomicInteger(), new AtomicInteger(), new AtomicInteger()};
        var encoders = IntStream.range(0, 3)
                .<MessageFormat>mapToObj(n -> ignored -> {
                    calls[n].incrementAndGet();
                    return String.valueOf(n).getBytes(StandardCharsets.UTF_8);
                })
                .toList();
        try (var threads = Executors.newFixedThreadPool(4)) {
            var all = IntStream.range(0, 4_000)
                    .<Future<?>>mapToObj(i -> threads.submit(() -> assertThat(
                                    outbound.message(encoders.get(i % 3)).bytes())
                            .asString()
                            .isEqualTo(String.valueOf(i % 3))))
                    .toList();
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertThat(calls).extracting(AtomicInteger::get).containsExactly(1, 1, 1);
    }
}
