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

    @Test
    void aMessageThatIsHandedOverIsCountedOnceAndGivenBackWhenTheLastQueueLetsGo() {
        var event = new Event(1, "a", new byte[] {'1'}, Instant.EPOCH, "api", Event.PROCESSED, null);
        for (int releasedMeanwhile = 0; releasedMeanwhile <= 3; releasedMeanwhile++) {
            var memory = new MessageMemory(1_000);
            OutboundEvent outbound = OutboundEvent.handOver(event);
            OutboundMessage message = outbound.message(Event::payload);
            long counted = 0;
            for (int queue = 0; queue < 3; queue++) {
                message.hold(memory);
                counted = memory.used();
                if (queue < releasedMeanwhile) {
                    message.release(memory);
                }
                assertThat(memory.used()).isEqualTo(counted).isPositive();
            }
            outbound.handedOver();
            for (int queue = releasedMeanwhile; queue < 3; queue++) {
                assertThat(memory.used()).isEqualTo(counted);
                message.release(memory);
            }
            assertThat(memory.used()).isZero();
            message.hold(memory);
            message.release(memory);
            assertThat(memory.used()).isZero();
        }
    }

    @Test
    void aMessageThatNobodyTookCountsNothing() {
        var event = new Event(1, "a", new byte[] {'1'}, Instant.EPOCH, "api", Event.PROCESSED, null);
        var memory = new MessageMemory(1_000);
        OutboundEvent outbound = OutboundEvent.handOver(event);
        OutboundMessage message = outbound.message(Event::payload);
        outbound.handedOver();
        assertThat(memory.used()).isZero();
        message.hold(memory);
        assertThat(memory.used()).isPositive();
        message.release(memory);
        assertThat(memory.used()).isZero();
    }
}
