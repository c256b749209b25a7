package io.eventhandler.json;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MediaTypeTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            application/json                             | application/json | true  | true
            Application/JSON; Charset=UTF-8              | application/json | true  | true
            application/json;charset="utf-8"             | application/json | true  | true
            application/json ; charset=utf8              | application/json | true  | true
            application/json; x="charset=latin1"         | application/json | true  | true
            application/json; charset=utf-16             | application/json | true  | false
            application/json; Charset=Latin1             | application/json | true  | false
            application/json; charset=not-utf-8          | application/json | true  | false
            application/json; x=utf-8; charset=utf-16    | application/json | true  | false
            application/cloudevents+json                 | application/cloudevents+json | true | true
            application/json; charset="utf-8             | application/json | true  | true
            "application/json                            | ``               | false | true
            application/"json; charset=utf-16            | ``               | false | true
            text/plain                                   | text/plain       | false | true
            /json                                        | /json            | false | true
            """)
    void isTakenApart(String value, String name, boolean isJson, boolean isUtf8) {
        MediaType type = MediaType.of(value);
        assertThat(type.name()).isEqualTo(name);
        assertThat(type.isJson()).isEqualTo(isJson);
        assertThat(type.isUtf8()).isEqualTo(isUtf8);
        assertThat(MediaType.of("").name()).isEmpty();
    }
}
