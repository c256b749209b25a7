package io.eventhandler.activity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RefusalsTest {

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final Refusals refusals = new Refusals();

    private long lines(int count, String prefix, long nanoTime) {
        return IntStream.range(0, count)
                .filter(i -> refusals.count(prefix + i, nanoTime) != Refusals.NONE)
                .count();
    }

    @Test
    void anAddressGetsAFewLinesAMinuteWhateverItsPorts() {
        assertThat(lines(1_000, "192.0.2.1:", -5)).isEqualTo(Refusals.MAX_PER_ADDRESS);
        assertThat(refusals.count("192.0.2.2:1", MINUTE - 6)).isEqualTo(1_000 - Refusals.MAX_PER_ADDRESS);
        assertThat(refusals.count("192.0.2.1:1", MINUTE - 6)).isEqualTo(Refusals.NONE);
        assertThat(refusals.count("192.0.2.1:1", MINUTE - 5)).isEqualTo(1);
        assertThat(refusals.count("192.0.2.1:2", MINUTE - 5)).isZero();
    }

    @Test
    void manyAddressesTogetherGetNoMoreThanSoMany() {
        long lines = IntStream.range(0, 100_000)
                .filter(i -> refusals.count("[2001:db8::%x]:1".formatted(i), 0) != Refusals.NONE)
                .count();
        assertThat(lines).isEqualTo(Refusals.MAX);
        assertThat(refusals.count("[2001:db8::1]:1", MINUTE)).isEqualTo(100_000 - Refusals.MAX);
    }
}
