package io.eventhandler.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NewEventTest {

    private static final String PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "        |",
                "        | vendor=value",
                "        | vendor=\"\\\"\\\"",
                "{}      | vendor=value",
                "{\"a\":\"b\"} |",
                "{\"a\":\"b\"} | vendor=\"\""
            })
    void countsWhatTheTraceAdds(@Nullable String metadata, @Nullable String state) {
        NewEvent event = new NewEvent("name", "source", new byte[3], metadata, null).withTrace(PARENT, state);
        String stored = String.valueOf(event.storedMetadata());
        assertThat(stored).contains(PARENT);
        assertThat(event.bytes() - (4 + 6 + 3)).isBetween(stored.length(), stored.length() + 2);
    }
}
