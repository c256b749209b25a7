package io.eventhandler.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternsTest {

    private static final int MAX_TOKENS = 4;

    /** Of names; the last one is in no pattern. */
    private static final List<String> TOKENS = List.of("a", "b", "other");

    private static NamePatterns of(String... texts) {
        return new NamePatterns(Stream.of(texts).map(NamePattern::of).toList());
    }

    @ParameterizedTest
    @CsvSource({
        "order.*, order.created, true",
        "order.*, order.*, true",
        "order.*, order.>, false",
        "order.>, order.*, true",
        "order.>, order, false",
        "order.>, order.a.b, true",
        ">, >, true",
        ">, a.b, true",
        "*, >, false",
        "a.*, *.b, false",
        "*.b, a.b, true",
        "a.>, >, false",
    })
    void onePattern(String granted, String pattern, boolean covered) {
        assertThat(of(granted).covers(NamePattern.of(pattern))).isEqualTo(covered);
    }

    @Test
    void severalTogether() {
        assertThat(of("a.*", "a.*.>").covers(NamePattern.of("a.>"))).isTrue();
        assertThat(of("a.*", "a.*.*.>").covers(NamePattern.of("a.>"))).isFalse();
        assertThat(of("*", "*.*", "*.*.>").covers(NamePattern.of(">"))).isTrue();
        assertThat(of("a", "b").covers(NamePattern.of("*"))).isFalse();
        assertThat(of().covers(NamePattern.of("a"))).isFalse();
    }

    /** Names of up to two tokens more than any pattern has tell all patterns apart. */
    @Test
    void coversWhatHoldsForEveryName() {
        List<String> names = names(MAX_TOKENS + 2);
        var random = new Random(20_261_126);
        int covered = 0;
        for (int i = 0; i < 4_000; i++) {
            List<NamePattern> granted = new ArrayList<>();
            for (int n = random.nextInt(1, 6); n > 0; n--) {
                granted.add(pattern(random));
            }
            var patterns = new NamePatterns(granted);
            NamePattern asked = pattern(random);
            boolean expected = names.stream().filter(asked::matches).allMatch(patterns::matches);
            assertThat(patterns.covers(asked)).as("%s by %s", asked, granted).isEqualTo(expected);
            covered += expected ? 1 : 0;
        }
        assertThat(covered).isBetween(500, 3_500);
    }

    private static NamePattern pattern(Random random) {
        int tokens = random.nextInt(1, MAX_TOKENS + 1);
        var text = new StringBuilder();
        for (int i = 1; i <= tokens; i++) {
            boolean rest = i == tokens && random.nextInt(2) == 0;
            text.append(i == 1 ? "" : ".");
            text.append(rest ? ">" : List.of("a", "b", "*", "*").get(random.nextInt(4)));
        }
        return NamePattern.of(text.toString());
    }

    private static List<String> names(int maxTokens) {
        List<String> all = new ArrayList<>();
        List<String> longest = List.of("");
        for (int n = 1; n <= maxTokens; n++) {
            longest = longest.stream()
                    .flatMap(name -> TOKENS.stream().map(token -> name.isEmpty() ? token : name + "." + token))
                    .toList();
            all.addAll(longest);
        }
        return all;
    }
}
