package io.eventhandler.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Gives something inputs by chance for as long as {@code -Dfuzz.seconds} says. What it throws is reported with the input
 * and with the seed, which {@code -Dfuzz.seed} repeats.
 */
public final class Fuzzing {

    private static final Duration FOR = Duration.ofSeconds(Long.getLong("fuzz.seconds", 2));
    private static final long SEED =
            Long.getLong("fuzz.seed", ThreadLocalRandom.current().nextLong());

    /** Nothing may take so long with one input. */
    private static final Duration STUCK = Duration.ofSeconds(60);

    private static final int MAX_SHOWN = 4_000;

    /** What is given the inputs; throws what it may not. */
    @FunctionalInterface
    public interface Target {
        void take(byte[] input, Mutations mutations) throws Throwable;
    }

    private Fuzzing() {}

    /** Runs with inputs made from these; returns when the time is over. */
    public static void run(List<String> samples, Target target) {
        runBytes(samples.stream().map(sample -> sample.getBytes(UTF_8)).toList(), target);
    }

    /** The same, of samples that are no text. */
    public static void runBytes(List<byte[]> samples, Target target) {
        System.out.println("fuzzing with -Dfuzz.seed=" + SEED);
        var mutations = new Mutations(SEED, samples);
        var current = new AtomicReference<>(new byte[0]);
        assertTimeoutPreemptively(
                FOR.plus(STUCK),
                () -> {
                    long end = System.nanoTime() + FOR.toNanos();
                    do {
                        current.set(mutations.next());
                        try {
                            target.take(current.get(), mutations);
                        } catch (Throwable e) {
                            throw new AssertionError(describe(current.get()) + "\n" + trace(e), e);
                        }
                    } while (System.nanoTime() < end);
                },
                () -> "stuck: " + describe(current.get()));
    }

    /** What is said of an input is short, and can be written. */
    public static void assertSayable(@Nullable String message) {
        assertThat(message).isNotNull().hasSizeBetween(1, 1_000);
        assertThat(UTF_8.newEncoder().canEncode(String.valueOf(message)))
                .as(message)
                .isTrue();
    }

    private static String describe(byte[] input) {
        return "-Dfuzz.seed=%d, an input of %d bytes: %s"
                .formatted(SEED, input.length, HexFormat.of().formatHex(input, 0, Math.min(input.length, MAX_SHOWN)));
    }

    private static String trace(Throwable thrown) {
        return Stream.concat(
                        Stream.of(thrown), Arrays.stream(thrown.getStackTrace()).limit(20))
                .map(String::valueOf)
                .collect(Collectors.joining("\n    "));
    }
}
