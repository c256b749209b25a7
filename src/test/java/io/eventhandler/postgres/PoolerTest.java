package io.eventhandler.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.Needs;
import io.eventhandler.testing.PgBouncer;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import io.eventhandler.testing.Tool;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The service reaches PostgreSQL through a pooler. */
@Needs(Tool.PGBOUNCER)
class PoolerTest {

    private static final int SIZE = 12;

    private final TestDatabase database = TestDatabase.create();

    private void migrate() {
        TestReplica.start(database).close();
    }

    @Test
    void servesOverATransactionPoolerAndLeavesNothingInSessions() throws SQLException {
        migrate();
        database.execute("SELECT create_events_partition(20000000)");
        try (var pooler = new PgBouncer(database, "transaction", SIZE)) {
            try (TestReplica one = TestReplica.start(
                            pooler.url(),
                            "RETENTION_EVENTS",
                            "20",
                            "RETENTION_INTERVAL",
                            "50ms",
                            "PAYLOAD_INDEX",
                            "true");
                    TestReplica other = TestReplica.start(pooler.url())) {
                await().until(() -> one.get("/health/ready").body().contains("ok: polling"));
                TestSubscriber subscriber = other.subscribe("a");
                IntStream.range(0, 60).parallel().forEach(i -> {
                    assertThat((i % 2 == 0 ? one : other)
                                    .publish("a", "{\"n\":" + i + "}")
                                    .status())
                            .isEqualTo(200);
                    assertThat(other.get("/events?event_name=a&payload=%7B%22n%22%3A-1%7D")
                                    .status())
                            .isEqualTo(200);
                    assertThat(one.get("/events?event_name=%3E&limit=3").status())
                            .isEqualTo(200);
                });
                for (int i = 0; i < 60; i++) {
                    assertThat(subscriber.next()).contains("\"n\"");
                }
                await().until(() -> database.queryLong(
                                "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('events_payload') AND indisvalid")
                        == 1);
            }
            assertThat(leftInSessions(pooler)).isEmpty();
        }
    }

    /** What all of the pooler's sessions have that nobody asked for in a transaction. */
    private static List<String> leftInSessions(PgBouncer pooler) throws SQLException {
        DatabaseUrl url = UrlParser.parse(pooler.url());
        List<Connection> all = new ArrayList<>();
        List<String> left = new ArrayList<>();
        try {
            for (int i = 0; i < SIZE; i++) {
                Connection connection = TestDatabase.at(url).connect();
                all.add(connection);
                connection.setAutoCommit(false); // keeps its session from the others
                try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery("""
                                SELECT 'set ' || name FROM pg_settings
                                WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding', 'DateStyle',
                                      'TimeZone', 'standard_conforming_strings', 'transaction_isolation',
                                      'transaction_read_only', 'transaction_deferrable')
                                UNION ALL SELECT 'prepared ' || statement FROM pg_prepared_statements
                                UNION ALL SELECT 'listens ' || channel FROM pg_listening_channels() AS channel""")) {
                    while (rows.next()) {
                        left.add(rows.getString(1));
                    }
                }
            }
            return left;
        } finally {
            for (Connection connection : all) {
                connection.close();
            }
        }
    }

    @Test
    void listensOverASessionPooler() {
        migrate();
        try (var pooler = new PgBouncer(database, "session", 30);
                TestReplica replica = TestReplica.start(pooler.url())) {
            await().until(() -> replica.get("/health/ready").body().contains("ok: listening"));
            assertThat(replica.publish("a", "1").status()).isEqualTo(200);
        }
    }

    @Test
    void migratesOverADirectConnectionAlone() {
        try (var pooler = new PgBouncer(database, "transaction", SIZE)) {
            assertThatThrownBy(() -> TestReplica.start(pooler.url()))
                    .hasMessageContaining("leads through a pooler, where migrations have no session of their own")
                    .hasMessageContaining("DATABASE_LISTEN_URL");
            try (TestReplica replica =
                    TestReplica.start(pooler.url(), "DATABASE_LISTEN_URL", database.urlText(), "RETENTION", "1d")) {
                await().until(() -> replica.get("/health/ready").body().contains("ok: listening"));
                assertThat(replica.publish("a", "1").status()).isEqualTo(200);
            }
        }
    }

    @Test
    void refusesASettingThatItCanNotChange() {
        migrate();
        database.execute("ALTER DATABASE %s SET default_transaction_isolation = 'repeatable read'"
                .formatted(database.url().database()));
        try (var pooler = new PgBouncer(database, "transaction", SIZE)) {
            assertThatThrownBy(() -> TestReplica.start(pooler.url()))
                    .hasMessageContaining("default_transaction_isolation = 'repeatable read'")
                    .hasMessageContaining("ALTER ROLE");
        }
    }
}
