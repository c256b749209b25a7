package io.eventhandler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.postgres.EmbeddedPostgres;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL waits for a standby that is not there. */
class SynchronousStandbyTest {

    private static final String WAITING = """
            SELECT count(*) FROM pg_stat_activity
            WHERE wait_event = 'SyncRep' AND application_name LIKE 'eventhandler-append%'""";
    private static final String LOOKING = """
            SELECT count(*) FROM pg_stat_activity
            WHERE query LIKE '%find_append%' AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()""";

    @TempDir
    Path directory;

    @Test
    void whatNoStandbyHasIsNeitherAcknowledgedNorDelivered() throws Exception {
        var postgres = new EmbeddedPostgres(directory.resolve("postgres"));
        postgres.start();
        TestDatabase database = TestDatabase.at(postgres.url());
        try (var proxy = new TcpProxy(postgres.url().hosts().getFirst().port());
                TestReplica replica = TestReplica.start(
                        "postgresql://%s:%s@127.0.0.1:%d/%s?sslmode=disable"
                                .formatted(
                                        postgres.url().user(),
                                        postgres.url().password(),
                                        proxy.port(),
                                        postgres.url().database()),
                        "PUBLISH_TIMEOUT",
                        "30s");
                TestSubscriber subscriber = replica.subscribe("kept")) {
            assertThat(replica.publish("kept", "\"before\"").status()).isEqualTo(200);
            assertThat(subscriber.next()).contains("before");
            database.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()");
            await().until(() ->
                    database.query("SHOW synchronous_standby_names").getFirst().equals("nobody"));

            var answer = CompletableFuture.supplyAsync(() -> replica.publish("kept", "\"waiting\""));
            await().until(() -> database.queryLong(WAITING) == 1);
            proxy.cut(); // the answer is lost, while PostgreSQL waits
            await().until(() -> database.queryLong(LOOKING) == 1);
            assertThat(database.queryLong(WAITING)).isEqualTo(1);
            assertThat(database.queryLong("SELECT count(*) FROM events WHERE payload = '\"waiting\"'"))
                    .isZero();
            assertThat(answer).isNotDone();
            assertThat(subscriber.waiting()).isZero();

            database.execute("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
            assertThat(answer.get().status()).as(answer.get().body()).isEqualTo(200);
            assertThat(database.query("SELECT id FROM events WHERE payload = '\"waiting\"'"))
                    .containsExactly(String.valueOf(answer.get().eventId()));
            assertThat(subscriber.next()).contains("waiting");
            subscriber.awaitPong();
        } finally {
            postgres.stop();
        }
    }
}
