package io.eventhandler.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamePatternTest {

    @ParameterizedTest
    @CsvSource({
        "user.created, user.created, true",
        "user.created, user.createD, false",
        "user.*, user.created, true",
        "user.*, user, false",
        "user.*, user.created.twice, false",
        "user.*, users.created, false",
        "user.>, user.created, true",
        "user.>, user.created.twice, true",
        "user.>, user, false",
        ">, a, true",
        ">, a.b.c, true",
        "*, a, true",
        "*, a.b, false",
        "*.b, a.b, true",
        "*.b, a.c, false",
        "*.b.*, a.b.c, true",
        "*.b.*, a.b, false",
        "a.*.c, a.b.c, true",
        "a.*.c, a.bb.cc, false",
        "*.>, a, false",
        "*.>, a.b.c, true",
        "a.**b, a.**b, true",
        "a_b.%, a_b.%, true",
        "a_b.%, axb.c, false",
        "'[a-z]+', a, false"
    })
    void selects(String pattern, String name, boolean expected) {
        assertThat(NamePattern.of(pattern).matches(name)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''     | event_name must not be empty
            a..*   | event_name must not have an empty token, there is one at position 2
            a.     | event_name must not have an empty token, there is one at position 2
            a.>.b  | event_name must not go on after '>', which is at position 2: it stands for all that follows
            >.>    | event_name must not go on after '>', which is at position 0: it stands for all that follows
            **     | event_name must not have the token '**', it is at position 0: a wildcard is * or >
            a.*>.b | event_name must not have the token '*>', it is at position 2: a wildcard is * or >
            'a b'  | event_name must not have white space or control characters, there is one at position 1
            """)
    void faultNamesTheRuleAndThePlace(String pattern, String message) {
        assertThat(NamePattern.fault(pattern)).isEqualTo(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "*", ">", "a.*", "a.>", "*.*.>", "a*.b>", "größe.*"})
    void valid(String pattern) {
        assertThat(NamePattern.fault(pattern)).isNull();
    }
}
