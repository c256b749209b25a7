package io.eventhandler.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventNameTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "user.created",
                "A-b_c:d/e",
                "größe.geändert",
                "名前.😀",
                "a.**",
                "a.*b",
                "a>.b",
                "%",
                "_",
                "[x]+$"
            })
    void valid(String name) {
        assertThat(EventName.fault(name)).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''       | event_name must not be empty
            .        | event_name must not have an empty token, there is one at position 0
            a.       | event_name must not have an empty token, there is one at position 2
            .a       | event_name must not have an empty token, there is one at position 0
            a..b     | event_name must not have an empty token, there is one at position 2
            *        | event_name must not have a wildcard, there is '*' at position 0
            a.>      | event_name must not have a wildcard, there is '>' at position 2
            a.*.b    | event_name must not have a wildcard, there is '*' at position 2
            a b      | event_name must not have white space or control characters, there is one at position 1
            """)
    void invalid(String name, String fault) {
        assertThat(EventName.fault(name)).isEqualTo(fault);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, '\t', '\n', 0x7f, 0x85, 0xa0, 0x2003, 0x2028})
    void hasNoWhiteSpaceOrControlCharacters(int character) {
        assertThat(EventName.fault("a" + (char) character + "b"))
                .isEqualTo("event_name must not have white space or control characters, there is one at position 1");
    }

    @Test
    void isAtMost255BytesLong() {
        assertThat(EventName.fault("a".repeat(255))).isNull();
        assertThat(EventName.fault("a".repeat(256)))
                .isEqualTo("event_name must be at most 255 bytes of UTF-8, this one has 256");
        assertThat(EventName.fault("é".repeat(127))).isNull();
        assertThat(EventName.fault("é".repeat(128)))
                .isEqualTo("event_name must be at most 255 bytes of UTF-8, this one has 256");
    }
}
