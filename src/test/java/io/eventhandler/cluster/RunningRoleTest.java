package io.eventhandler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.DatabaseRoles;
import io.eventhandler.testing.LogCapture;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.TestSubscriber;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A service that runs as a role which owns nothing, as docs/operations.md makes it. */
class RunningRoleTest {

    private static final String ADMIN = TestReplica.ADMIN_KEY;

    private static DatabaseRoles roles;

    @BeforeAll
    static void create() {
        roles = DatabaseRoles.create(TestDatabase.create());
        roles.service().query("SELECT first_id FROM append_events(NULL, '{a}', '{1}', '{a}', '{NULL}')");
    }

    private static TestReplica start(TestDatabase service, String... more) {
        List<String> settings =
                new java.util.ArrayList<>(List.of("MIGRATE_AT_START", "false", "AUTH", "required", "ADMIN_KEY", ADMIN));
        settings.addAll(List.of(more));
        return TestReplica.start(service.urlText(), settings.toArray(String[]::new))
                .as(ADMIN);
    }

    @Test
    void servesEverything() {
        TestDatabase service = roles.service();
        try (TestReplica replica = start(service);
                TestReplica other = start(service);
                TestSubscriber subscriber = other.subscribe("role.*")) {
            await().until(() -> replica.get("/health/ready").status() == 200);
            long first = replica.publish("role.a", "1").eventId();
            Answer batch = replica.post(
                    "/publish",
                    "[{\"event_name\":\"role.b\",\"payload\":2},{\"event_name\":\"role.c\",\"payload\":3}]",
                    "application/json");
            assertThat(batch.status()).as(batch.body()).isEqualTo(200);
            assertThat(subscriber.next()).contains("role.a");
            assertThat(subscriber.next()).contains("role.b");
            assertThat(subscriber.next()).contains("role.c");

            String keyed = "{\"event_name\":\"role.k\",\"payload\":4}";
            long once = replica.post(keyed, "a-key").eventId();
            assertThat(other.post(keyed, "a-key").eventId()).isEqualTo(once);
            assertThat(subscriber.next()).contains("role.k");

            try (TestSubscriber resumed = other.connect()) {
                resumed.send("{\"action\":\"subscribe\",\"event_name\":\"role.*\",\"after\":%d}".formatted(first - 1));
                assertThat(resumed.next()).contains("role.a");
            }
            assertThat(other.get("/events?event_name=role.*&after=" + (first - 1))
                            .body())
                    .contains("role.a", "role.b", "role.c", "role.k");
            assertThat(other.get("/events/" + once).body()).contains("role.k");
        }
    }

    @Test
    void makesAndDeletesKeysAndTickets() {
        try (TestReplica replica = start(roles.service());
                TestReplica other = start(roles.service())) {
            Answer created = replica.post(
                    "/keys",
                    "{\"name\":\"a\",\"grants\":[{\"actions\":[\"publish\",\"subscribe\"],\"event_names\":[\">\"]}]}",
                    "application/json");
            assertThat(created.status()).as(created.body()).isEqualTo(201);
            JsonNode key = created.json().get("data");
            String id = key.get("id").stringValue();
            TestReplica client = other.as(key.get("key").stringValue());
            assertThat(client.publish("key.a", "1").status()).isEqualTo(200);
            await().untilAsserted(() -> assertThat(
                            roles.owner().query("SELECT id FROM api_keys WHERE last_used_at IS NOT NULL"))
                    .contains(id));
            String ticket = client.post("/tickets", "", "text/plain")
                    .json()
                    .get("data")
                    .get("ticket")
                    .stringValue();
            try (TestSubscriber subscriber = replica.as(null).connectWith("?ticket=" + ticket)) {
                subscriber.awaitPong();
                assertThat(replica.delete("/keys/" + id).status()).isEqualTo(200);
                assertThat(subscriber.awaitClose().code()).isEqualTo(1008);
            }
            await().untilAsserted(() ->
                    assertThat(client.publish("key.a", "1").status()).isEqualTo(401));
        }
    }

    @Test
    void removesOldEventsAndLeavesIndexesToTheOwner() {
        DatabaseRoles ofTen = DatabaseRoles.create(TestDatabase.create());
        TestDatabase owner = ofTen.owner();
        owner.execute("CREATE OR REPLACE FUNCTION events_partition_size() RETURNS bigint"
                + " LANGUAGE sql IMMUTABLE RETURN 10");
        for (int i = 0; i < 45; i++) {
            ofTen.service().query("SELECT first_id FROM append_events(NULL, '{a}', '{1}', '{a}', '{NULL}')");
        }
        owner.execute("UPDATE events SET created_at = created_at - interval '1 hour'");
        // As an owner that was interrupted leaves it.
        owner.execute(
                "COMMENT ON TABLE events_from_0 IS 'expired'", "ALTER TABLE events DETACH PARTITION events_from_0");
        try (LogCapture log = LogCapture.of("io.eventhandler.eventlog.upkeep.PayloadIndex");
                TestReplica replica = start(
                        ofTen.service(), "RETENTION", "30m", "RETENTION_INTERVAL", "20ms", "PAYLOAD_INDEX", "true")) {
            await().until(() -> owner.queryLong("SELECT min(id) FROM events") > 45);
            await().until(() -> owner.queryLong(
                            "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname IN ('events_from_0', 'events_from_10', 'events_from_20', 'events_from_30')")
                    == 0);
            assertThat(replica.publish("a", "1").eventId()).isGreaterThan(46);
            await().untilAsserted(() ->
                    assertThat(log.lines("the role that owns the log")).hasSize(1));
        }
    }

    @Test
    void aReaderOnlyDelaysTheRemovalOfAPartition() throws Exception {
        DatabaseRoles ofTen = DatabaseRoles.create(TestDatabase.create());
        ofTen.owner()
                .execute("CREATE OR REPLACE FUNCTION events_partition_size() RETURNS bigint"
                        + " LANGUAGE sql IMMUTABLE RETURN 10");
        for (int i = 0; i < 15; i++) {
            ofTen.service().query("SELECT first_id FROM append_events(NULL, '{a}', '{1}', '{a}', '{NULL}')");
        }
        String drop = "SELECT drop_expired_events_partition(1000)";
        try (var reader = ofTen.owner().connect();
                var statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("SELECT count(*) FROM events");
            assertThatThrownBy(() -> ofTen.service().query(drop)).hasMessageContaining("lock timeout");
        }
        assertThat(ofTen.service().query(drop)).containsExactly("events_from_0");
        assertThat(ofTen.service().query(drop))
                .as("that of the newest event stays")
                .containsExactly("null");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO events SELECT 99, 'a', '1', now(), 'a'",
                "UPDATE events SET payload = '2'",
                "DELETE FROM events",
                "DELETE FROM events_from_0",
                "TRUNCATE events",
                "TRUNCATE events_from_0",
                "DO 'BEGIN LOCK TABLE events IN ACCESS EXCLUSIVE MODE; END'",
                "ALTER TABLE events ADD COLUMN more int",
                "ALTER TABLE events DETACH PARTITION events_from_0",
                "CREATE INDEX ON events_from_0 (source)",
                "CREATE TRIGGER t BEFORE INSERT ON events_from_0 FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
                "DROP TABLE events",
                "DROP TABLE events_from_0",
                "SELECT setval('events_head_hint', 99)",
                "SELECT nextval('events_earliest_hint')",
                "CREATE TABLE mine ()",
                "CREATE FUNCTION events_head(int) RETURNS int LANGUAGE sql RETURN 1",
                "CREATE OR REPLACE FUNCTION events_head() RETURNS bigint LANGUAGE sql RETURN 1",
                "DROP FUNCTION events_head()",
                "ALTER FUNCTION events_head() SECURITY DEFINER",
                "CREATE SCHEMA mine",
                "DROP SCHEMA public CASCADE",
                "SELECT create_events_partition(100000000)",
                "INSERT INTO api_keys (id, hash, name, grants) VALUES ('a', '', 'a', '[]')",
                "UPDATE api_keys SET grants = '[]'",
                "DELETE FROM api_keys",
                "INSERT INTO tickets (hash, expires_at, subject) VALUES ('', now(), 'a')",
                "DELETE FROM idempotency_keys",
                "UPDATE log_records SET message = 'a'",
                "DELETE FROM log_records",
                "TRUNCATE log_records",
                "DROP TABLE log_records",
                "SELECT create_log_partition('2030-01-01')",
                "SELECT setval('log_records_number', 1)",
                "INSERT INTO log_services (name) VALUES ('a')",
                "UPDATE log_origins SET logger = 'a'",
                "UPDATE events_epoch SET epoch = 'a'",
                "UPDATE events_notification_key SET key = 'a'",
                "DELETE FROM eventhandler_schema_history",
                "SET ROLE pg_database_owner",
                "CREATE TEMPORARY TABLE events (id bigint)"
            })
    void canDoNothingElse(String statement) {
        assertThatThrownBy(() -> roles.service().execute(statement))
                .hasMessageMatching("(?s).*(permission denied|must be owner|must be able to SET ROLE).*");
    }

    @Test
    void temporaryTablesStandInForNothing() throws Exception {
        String role = roles.service().url().user();
        roles.owner()
                .execute("GRANT TEMPORARY ON DATABASE %s TO %s"
                        .formatted(roles.owner().url().database(), role));
        try (var connection = roles.service().connect();
                var statement = connection.createStatement()) {
            statement.execute("CREATE TEMPORARY TABLE events (LIKE public.events)");
            statement.execute("CREATE TEMPORARY TABLE api_keys (LIKE public.api_keys)");
            statement.execute("SELECT append_events(NULL, '{a}', '{1}', '{temporary}', '{NULL}')");
            statement.execute("SELECT create_api_key('temporary', '', 'a', '[]', NULL, NULL, 10)");
        } finally {
            roles.owner()
                    .execute("REVOKE TEMPORARY ON DATABASE %s FROM %s"
                            .formatted(roles.owner().url().database(), role));
        }
        assertThat(roles.owner().queryLong("SELECT count(*) FROM events WHERE source = 'temporary'"))
                .isEqualTo(1);
        assertThat(roles.owner().queryLong("SELECT count(*) FROM api_keys WHERE id = 'temporary'"))
                .isEqualTo(1);
    }

    @Test
    void nobodyElseMayCallWhatRunsWithTheOwnersRights() {
        assertThat(roles.owner().query("""
                SELECT p.oid::regprocedure FROM pg_proc p
                WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
                  AND NOT (p.proconfig @> ARRAY['search_path=public, pg_temp'] AND p.proacl IS NOT NULL
                           AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0))""")).isEmpty();
        assertThat(roles.owner().queryLong("SELECT count(*) FROM pg_proc p WHERE p.prosecdef"))
                .isEqualTo(14);
    }
}
