package io.eventhandler.json;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExcerptTest {

    @Test
    void isTheTextOrItsBeginning() {
        String longest = "x".repeat(Excerpt.MAX_LENGTH);
        assertThat(Excerpt.of("")).isEmpty();
        assertThat(Excerpt.of(longest)).isEqualTo(longest);
        assertThat(Excerpt.of(longest + "y")).hasSize(Excerpt.MAX_LENGTH).isEqualTo(longest.substring(1) + "…");
    }

    @Test
    void cutsNoSurrogatePair() {
        String text = "x" + "😀".repeat(Excerpt.MAX_LENGTH);
        for (int i = 0; i < 2; i++) {
            String excerpt = Excerpt.of(text.substring(i));
            assertThat(Utf8.faultOf(excerpt)).isNull();
            assertThat(excerpt).endsWith("😀…").hasSizeLessThanOrEqualTo(Excerpt.MAX_LENGTH);
        }
    }
}
