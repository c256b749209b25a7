package io.eventhandler.wakeup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.Scrape;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import org.junit.jupiter.api.Test;

/** Something between the replica and PostgreSQL drops a LISTEN, and the connection lives. */
class DroppedListenTest {

    @Test
    void isNoticedWhenTheHeadMovesAndMended() {
        TestDatabase database = TestDatabase.create();
        int port = database.url().hosts().getFirst().port();
        try (var proxy = new TcpProxy(port);
                TestReplica replica = TestReplica.start(
                        database,
                        "DATABASE_LISTEN_URL",
                        database.urlText().replace(":" + port, ":" + proxy.port()),
                        "HEARTBEAT",
                        "500ms",
                        "POLL_INTERVAL",
                        "1h")) {
            await().until(() -> replica.get("/health/ready").body().contains("ok: listening"));
            TestSubscriber subscriber = replica.subscribe("a");
            String first = pid(database);
            proxy.execute("UNLISTEN *");
            await().until(() -> {
                replica.publish("a", "1");
                return !pid(database).equals(first);
            });
            await().until(() -> replica.get("/health/ready").body().contains("ok: listening"));
            replica.publish("a", "2");
            await().until(() -> subscriber.next().contains("2"));
            assertThat(Scrape.of(replica).get("eventhandler_listen_reconnects_total"))
                    .isPositive();
        }
    }

    private static String pid(TestDatabase database) {
        return String.valueOf(
                database.query(
                        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'eventhandler-listen-%'"));
    }
}
