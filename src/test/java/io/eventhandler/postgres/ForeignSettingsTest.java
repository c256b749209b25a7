package io.eventhandler.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A database or a role may have other settings than PostgreSQL's defaults. */
class ForeignSettingsTest {

    private static final Map<String, String> SETTINGS = Map.ofEntries(
            Map.entry("default_transaction_isolation", "repeatable read"),
            Map.entry("default_transaction_deferrable", "on"),
            Map.entry("lock_timeout", "1ms"),
            Map.entry("statement_timeout", "300ms"),
            Map.entry("idle_session_timeout", "400ms"),
            Map.entry("idle_in_transaction_session_timeout", "100ms"),
            Map.entry("transaction_timeout", "200ms"),
            Map.entry("standard_conforming_strings", "off"),
            Map.entry("array_nulls", "off"),
            Map.entry("quote_all_identifiers", "on"),
            Map.entry("DateStyle", "German"),
            Map.entry("IntervalStyle", "sql_standard"),
            Map.entry("TimeZone", "Asia/Kolkata"),
            Map.entry("bytea_output", "escape"),
            Map.entry("client_min_messages", "debug1"),
            Map.entry("plan_cache_mode", "force_generic_plan"),
            Map.entry("row_security", "off"));

    @Test
    void theServiceSetsWhatItNeeds() {
        TestDatabase database = TestDatabase.create();
        List<String> known = database.query("SELECT name FROM pg_settings");
        SETTINGS.forEach((name, value) -> {
            if (known.contains(name)) {
                database.execute("ALTER DATABASE %s SET %s = '%s'"
                        .formatted(database.url().database(), name, value));
            }
        });
        try (TestReplica replica =
                TestReplica.start(database, "RETENTION", "1d", "RETENTION_INTERVAL", "50ms", "PAYLOAD_INDEX", "true")) {
            await().until(() -> replica.get("/health/ready").body().contains("ok: listening"));
            TestSubscriber subscriber = replica.connect();
            subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"a.*\",\"after\":0}");
            assertThat(replica.post("{\"event_name\":\"a.b\",\"payload\":\"\\\\\"}", "key")
                            .status())
                    .isEqualTo(200);
            assertThat(replica.post("{\"event_name\":\"a.b\",\"payload\":\"\\\\\"}", "key")
                            .header("Idempotency-Replayed"))
                    .isEqualTo("true");
            assertThat(subscriber.next()).contains("\"payload\":\"\\\\\"");
            assertThat(replica.get("/events?since=2020-01-01T00:00:00Z&event_name=a.%3E")
                            .json()
                            .at("/data/0/event_name")
                            .stringValue())
                    .isEqualTo("a.b");
            assertThat(database.query("SELECT metadata IS NULL FROM events WHERE event_name = 'a.b'"))
                    .containsExactly("t");
            await().until(() -> database.queryLong(
                            "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('events_payload') AND indisvalid")
                    == 1);
            List<String> listening = listening(database);
            await().until(() -> database.queryLong(
                            "SELECT count(*) FROM pg_stat_activity WHERE state_change < clock_timestamp() - interval '1 s' AND application_name LIKE 'eventhandler-%' AND datname = current_database()")
                    > 0);
            assertThat(listening(database)).isEqualTo(listening);
        }
    }

    private static List<String> listening(TestDatabase database) {
        return database.query(
                "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'eventhandler-listen-%' AND datname = current_database()");
    }
}
