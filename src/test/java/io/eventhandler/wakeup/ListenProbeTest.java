package io.eventhandler.wakeup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.postgres.UrlParser;
import io.eventhandler.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ListenProbeTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    @Test
    void whatIsSentToTheSameDatabaseArrivesAndToAnotherDoesNot() throws Exception {
        TestDatabase database = TestDatabase.create();
        TestDatabase other = TestDatabase.create();
        try (Connection sender = database.connect()) {
            assertThat(ListenProbe.arrives(database.url(), "test", sender, LONG))
                    .isTrue();
            assertThat(ListenProbe.arrives(other.url(), "test", sender, Duration.ofMillis(500)))
                    .isFalse();
        }
    }

    @Test
    void saysWhyNobodyCanListen() throws SQLException {
        TestDatabase database = TestDatabase.create();
        try (Connection sender = database.connect()) {
            assertThatThrownBy(() -> ListenProbe.arrives(
                            UrlParser.parse(database.urlText().replaceFirst("/test_\\w+", "/nowhere")),
                            "test",
                            sender,
                            LONG))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("\"nowhere\" does not exist");
        }
    }
}
