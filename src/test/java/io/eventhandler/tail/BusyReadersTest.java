package io.eventhandler.tail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** Replays take every connection that they can get. */
class BusyReadersTest {

    private static final String WAITING =
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted";

    @Test
    void theTailDoesNotWaitForThem() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (TestReplica earlier = TestReplica.start(database)) {
            earlier.publish("a", "1");
        }
        database.execute("ALTER FUNCTION events_earliest() RENAME TO events_earliest_at_once", """
                CREATE FUNCTION events_earliest() RETURNS bigint LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_advisory_xact_lock_shared(77);
                    RETURN events_earliest_at_once();
                END $$""");
        try (TestReplica replica = TestReplica.start(database, "DATABASE_POOL_SIZE", "2", "MAX_REPLAYS", "2");
                TestSubscriber live = replica.subscribe("b");
                TestSubscriber one = replica.connect();
                TestSubscriber other = replica.connect();
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(77)");
            one.send("{\"action\":\"subscribe\",\"event_name\":\"a\",\"after\":0}");
            other.send("{\"action\":\"subscribe\",\"event_name\":\"a\",\"after\":0}");
            await().until(() -> database.queryLong(WAITING) >= 2);

            database.execute(
                    "SELECT append_events(gen_random_uuid(), ARRAY['b'], ARRAY['2'], ARRAY['sql'], ARRAY[NULL]::text[])");
            assertThat(live.next()).contains("2");
            assertThat(database.queryLong(WAITING)).isGreaterThanOrEqualTo(2);
        }
    }
}
