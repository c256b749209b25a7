package io.eventhandler.wakeup;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** What another login of the database learns from notifications. */
class NotifiedEventsTest {

    /** What a session that listens is told of an event. */
    private static String told(String notifiesEvents) throws SQLException {
        TestDatabase database = TestDatabase.create();
        try (TestReplica publishing = TestReplica.start(database, "NOTIFY_EVENTS", notifiesEvents);
                TestReplica other = TestReplica.start(database, "NOTIFY_EVENTS", notifiesEvents);
                TestSubscriber subscriber = other.subscribe("salary.*");
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("LISTEN eventhandler");
            long id = publishing.publish("salary.paid", "\"a lot\"").eventId();
            assertThat(subscriber.next()).contains("a lot");
            var told = new StringBuilder();
            while (!told.toString().contains("\n" + id)) {
                for (var notification : connection.unwrap(PGConnection.class).getNotifications(0)) {
                    told.append('\n').append(notification.getParameter());
                }
            }
            return told.toString();
        }
    }

    @Test
    void smallEventsAreTold() throws SQLException {
        assertThat(told("true")).contains("salary.paid", "a lot");
    }

    @Test
    void onlyTheirIdsAreWhereThatIsSaid() throws SQLException {
        assertThat(told("false")).doesNotContain("salary", "a lot");
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "false"})
    void everyReplicaDeliversEachEventOnce(String notifiesEvents) {
        TestDatabase database = TestDatabase.create();
        try (TestReplica publishing = TestReplica.start(database, "NOTIFY_EVENTS", notifiesEvents);
                TestReplica other = TestReplica.start(database);
                TestSubscriber here = publishing.subscribe("a");
                TestSubscriber there = other.subscribe("a")) {
            for (int i = 0; i < 200; i++) {
                (i % 2 == 0 ? publishing : other).publish("a", String.valueOf(i));
            }
            for (int i = 0; i < 200; i++) {
                String event = "{\"event_name\":\"a\",\"payload\":%d}".formatted(i);
                assertThat(here.next()).isEqualTo(event);
                assertThat(there.next()).isEqualTo(event);
            }
        }
    }
}
