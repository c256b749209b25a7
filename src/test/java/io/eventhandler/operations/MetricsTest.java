package io.eventhandler.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.RawWebSocket;
import io.eventhandler.testing.Scrape;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestEventSource;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.TestSubscriber;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a replica says of itself at /metrics, and where. */
class MetricsTest {

    private static final String EVENT = "{\"event_name\":\"order.paid\",\"payload\":%s}";

    private static void awaitValue(TestReplica replica, String sample, double value) {
        await().untilAsserted(() -> assertThat(Scrape.of(replica).get(sample)).isEqualTo(value));
    }

    private static Answer management(TestReplica replica, String path) {
        return TestReplica.send(HttpRequest.newBuilder(replica.managementUri(path)));
    }

    @Test
    void aManagementPortOfItsOwnServesMetricsAndHealthAndNothingElse() {
        try (TestReplica replica = TestReplica.start(TestDatabase.create(), "MANAGEMENT_PORT", "0")) {
            assertThat(replica.service().managementPort())
                    .isNotEqualTo(replica.service().port());
            Answer metrics = management(replica, "/metrics");
            assertThat(metrics.status()).isEqualTo(200);
            assertThat(metrics.header("Content-Type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
            assertThat(replica.get("/metrics").status()).isEqualTo(404);

            assertThat(management(replica, "/health/live").status()).isEqualTo(200);
            assertThat(management(replica, "/health/ready").status()).isEqualTo(200);
            assertThat(replica.get("/health/ready").status()).isEqualTo(200);
            assertThat(management(replica, "/events").message()).isEqualTo("there is nothing at /events");
        }
    }

    @Test
    void publishesCountByOutcomeAndBatchesByPhaseAndSize() {
        try (TestReplica replica = TestReplica.start(TestDatabase.create())) {
            replica.post(EVENT.formatted(1));
            replica.post("[%1$s,%1$s,%1$s]".formatted(EVENT.formatted(2)));
            replica.post(EVENT.formatted(3), "key");
            replica.post(EVENT.formatted(3), "key");
            replica.post(EVENT.formatted(4), "key");
            replica.post("{");
            awaitValue(replica, "eventhandler_tail_position", 6);

            Scrape scrape = Scrape.of(replica);
            assertThat(scrape.get("eventhandler_publish_seconds_count{outcome=\"stored\"}"))
                    .isEqualTo(3);
            assertThat(scrape.get("eventhandler_publish_seconds_count{outcome=\"replayed\"}"))
                    .isEqualTo(1);
            assertThat(scrape.get("eventhandler_publish_seconds_count{outcome=\"refused\"}"))
                    .isEqualTo(2);
            assertThat(scrape.get("eventhandler_publish_seconds_bucket{outcome=\"stored\",le=\"10.0\"}"))
                    .isEqualTo(3);
            assertThat(scrape.get("eventhandler_publish_seconds_sum{outcome=\"stored\"}"))
                    .isBetween(0.0001, 60.0);
            // The first is the replica's own: that it has started. Those with a known key are sent, and not stored.
            assertThat(scrape.get("eventhandler_append_batch_events_count")).isEqualTo(4);
            assertThat(scrape.get("eventhandler_append_batch_events_sum")).isEqualTo(6);
            assertThat(scrape.get("eventhandler_append_batch_events_bucket{le=\"1.0\"}"))
                    .isEqualTo(3);
            assertThat(scrape.get("eventhandler_append_seconds_count{phase=\"wait\"}"))
                    .isEqualTo(6);
            assertThat(scrape.get("eventhandler_append_seconds_count{phase=\"lock\"}"))
                    .isEqualTo(4);
            assertThat(scrape.get("eventhandler_append_seconds_count{phase=\"write\"}"))
                    .isEqualTo(4);
            assertThat(scrape.get("eventhandler_append_queue_events")).isZero();
            assertThat(scrape.get("eventhandler_append_queue_capacity_events")).isEqualTo(50_000);
            assertThat(scrape.get("eventhandler_log_head")).isEqualTo(6);
            assertThat(scrape.get("eventhandler_tail_lag_events")).isZero();
            assertThat(scrape.get("eventhandler_tail_lag_seconds")).isZero();
            assertThat(scrape.get("hikaricp_connections_usage_seconds_count{pool=\"append\"}"))
                    .isGreaterThanOrEqualTo(6);
        }
    }

    @Test
    void aDatabaseThatDoesNotWriteShowsInTheQueueAndInTheOutcomes() throws SQLException {
        TestDatabase database = TestDatabase.create();
        try (TestReplica replica = TestReplica.start(database, "PUBLISH_TIMEOUT", "2s");
                Connection other = database.connect();
                Statement holdingUp = other.createStatement()) {
            holdingUp.execute("SELECT pg_advisory_lock(7305806, 1)");
            var sent = CompletableFuture.supplyAsync(() -> replica.post(EVENT.formatted(1)));
            awaitWaitingAppend(database);
            var queued = CompletableFuture.supplyAsync(() -> replica.post("[%1$s,%1$s]".formatted(EVENT.formatted(2))));
            awaitValue(replica, "eventhandler_append_queue_events", 2);
            assertThat(sent.join().message()).startsWith("outcome unknown");
            assertThat(queued.join().status()).isEqualTo(503);
            Scrape scrape = Scrape.of(replica);
            assertThat(scrape.get("eventhandler_publish_seconds_count{outcome=\"unknown\"}"))
                    .isEqualTo(1);
            assertThat(scrape.get("eventhandler_publish_seconds_count{outcome=\"unavailable\"}"))
                    .isEqualTo(1);
            assertThat(scrape.get("eventhandler_publish_seconds_max{outcome=\"unknown\"}"))
                    .isGreaterThanOrEqualTo(2);
        }
    }

    private static void awaitWaitingAppend(TestDatabase database) {
        await().until(() -> database.queryLong(
                        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database ="
                                + " (SELECT oid FROM pg_database WHERE datname = current_database())")
                == 1);
    }

    @Test
    void theWaitForTheOrderLockIsToldFromTheWrite() throws SQLException {
        TestDatabase database = TestDatabase.create();
        try (TestReplica replica = TestReplica.start(database);
                Connection other = database.connect();
                Statement holdingUp = other.createStatement()) {
            holdingUp.execute("SELECT pg_advisory_lock(7305806, 1)");
            var sent = CompletableFuture.supplyAsync(() -> replica.post(EVENT.formatted(1)));
            awaitWaitingAppend(database);
            long waitsSince = System.nanoTime();
            awaitWaitingAppend(database);
            double waited = (System.nanoTime() - waitsSince) / 1e9;
            holdingUp.execute("SELECT pg_advisory_unlock(7305806, 1)");
            assertThat(sent.join().status()).isEqualTo(200);
            assertThat(Scrape.of(replica).get("eventhandler_append_seconds_max{phase=\"lock\"}"))
                    .isGreaterThanOrEqualTo(waited);
        }
    }

    @Test
    void subscribersCountWithWhatTheyAreSent() {
        try (TestReplica replica = TestReplica.start(TestDatabase.create());
                TestSubscriber live = replica.subscribe("order.paid", "order.*")) {
            for (int n = 0; n < 5; n++) {
                replica.post(EVENT.formatted(n));
            }
            live.awaitMessages(5);
            try (TestSubscriber resuming = replica.connect();
                    var stream =
                            new TestEventSource(replica.uri("/events/stream?event_name=order.paid&after=3"), null)) {
                resuming.send("{\"action\":\"subscribe\",\"event_name\":\"order.*\",\"after\":1}");
                resuming.awaitMessages(5);
                stream.await(3);
                awaitValue(replica, "eventhandler_replays_active", 0);

                Scrape scrape = Scrape.of(replica);
                assertThat(scrape.get("eventhandler_connections{transport=\"websocket\"}"))
                        .isEqualTo(2);
                assertThat(scrape.get("eventhandler_connections{transport=\"sse\"}"))
                        .isEqualTo(1);
                assertThat(scrape.get("eventhandler_subscriptions")).isEqualTo(4);
                assertThat(scrape.get("eventhandler_deliveries_total{transport=\"websocket\"}"))
                        .isEqualTo(10);
                assertThat(scrape.get("eventhandler_deliveries_total{transport=\"sse\"}"))
                        .isEqualTo(3);
                // Also the pong of the first and the stream's first line.
                assertThat(scrape.get("eventhandler_write_batch_messages_sum")).isEqualTo(15);
                assertThat(scrape.get("eventhandler_replays_total")).isEqualTo(2);
            }
            await().until(() -> {
                replica.post(EVENT.formatted(0)); // a stream notices its client's end when it writes
                return Scrape.of(replica).get("eventhandler_connections{transport=\"sse\"}") == 0;
            });
            awaitValue(replica, "eventhandler_connections{transport=\"websocket\"}", 1);
            awaitValue(replica, "eventhandler_subscriptions", 2);
        }
    }

    @Test
    void aSubscriberThatIsEndedForNotReadingCounts() throws IOException {
        try (TestReplica replica = TestReplica.start(TestDatabase.create(), "SUBSCRIBER_QUEUE_SIZE", "64KiB");
                var slow = new RawWebSocket(replica.service().port(), 4_096)) {
            slow.sendText("{\"action\":\"subscribe\",\"event_name\":\"order.paid\"}");
            awaitValue(replica, "eventhandler_subscriptions", 1);
            String large = EVENT.formatted("\"" + "x".repeat(500_000) + "\"");
            await().until(() -> {
                replica.post(large);
                return Scrape.of(replica).get("eventhandler_slow_consumers_total{transport=\"websocket\"}") > 0;
            });
            replica.post(large);
            Scrape scrape = Scrape.of(replica);
            assertThat(scrape.get("eventhandler_slow_consumers_total{transport=\"websocket\"}"))
                    .isEqualTo(1);
            assertThat(scrape.get("eventhandler_slow_consumers_total{transport=\"sse\"}"))
                    .isZero();
        }
    }

    @Test
    void queriesOfTheHistoryCountByKindAndOutcome() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica replica = TestReplica.start(database)) {
            replica.get("/events");
            replica.get("/events/1");
            replica.get("/events/99");
            replica.get("/events?limit=0");
            TestReplica.send(HttpRequest.newBuilder(replica.uri("/events")).header("Accept", "application/x-ndjson"));
            database.execute("ALTER TABLE events RENAME TO events_away");
            replica.get("/events");
            database.execute("ALTER TABLE events_away RENAME TO events");

            Scrape scrape = Scrape.of(replica);
            assertThat(scrape.get("eventhandler_history_seconds_count{kind=\"page\",outcome=\"ok\"}"))
                    .isEqualTo(2);
            assertThat(scrape.get("eventhandler_history_seconds_count{kind=\"page\",outcome=\"refused\"}"))
                    .isEqualTo(2);
            assertThat(scrape.get("eventhandler_history_seconds_count{kind=\"page\",outcome=\"failed\"}"))
                    .isEqualTo(1);
            assertThat(scrape.get("eventhandler_history_seconds_count{kind=\"export\",outcome=\"ok\"}"))
                    .isEqualTo(1);
        }
    }

    @Test
    void aLostListenConnectionShowsAndSoDoesItsReturn() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica replica = TestReplica.start(database, "HEARTBEAT", "100ms", "POLL_INTERVAL", "10ms")) {
            awaitValue(replica, "eventhandler_listen_up", 1);
            replica.post(EVENT.formatted(1));
            database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    + " WHERE application_name LIKE 'eventhandler-listen-%' AND datname = current_database()");
            awaitValue(replica, "eventhandler_listen_reconnects_total", 1);
            awaitValue(replica, "eventhandler_listen_up", 1);

            Scrape scrape = Scrape.of(replica);
            for (String kind : Set.of("notification", "poll", "heartbeat")) {
                assertThat(scrape.get("eventhandler_wakeups_total{kind=\"%s\"}".formatted(kind)))
                        .as(kind)
                        .isGreaterThanOrEqualTo(1);
            }
        }
    }
}
