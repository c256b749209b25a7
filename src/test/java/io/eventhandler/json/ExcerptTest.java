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
    void ofAnApiKeyShowsItsId() {
        String key = "eh_0123456789abcdef_" + "Ab-_".repeat(11).substring(1);
        assertThat(Excerpt.of("/keys/" + key + "/x")).isEqualTo("/keys/eh_0123456789abcdef_…/x");
        assertThat(Excerpt.of("x".repeat(170) + key)).isEqualTo("x".repeat(170) + "eh_0123456789abcdef_……");
        assertThat(Excerpt.of("eh_0123_x")).isEqualTo("eh_0123_x");
    }

    @Test
    void canBeWritten() {
        assertThat(Excerpt.of("a\ud800b\udc00\0c\ud83d\ude00")).isEqualTo("a\ufffdb\ufffd\ufffdc\ud83d\ude00");
        assertThat(Excerpt.of("\udc00".repeat(1_000), 3)).isEqualTo("\ufffd\ufffd…");
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
