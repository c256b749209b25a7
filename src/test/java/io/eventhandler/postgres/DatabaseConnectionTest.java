package io.eventhandler.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.Needs;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import io.eventhandler.testing.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The address reaches both drivers, which connect the same way. */
class DatabaseConnectionTest {

    @TempDir
    Path directory;

    @Test
    @Needs(Tool.OPENSSL)
    void bothDriversConnectWithTlsAndVerifyTheServer() throws Exception {
        var postgres = new EmbeddedPostgres(directory.resolve("postgres"));
        postgres.start();
        try {
            makeCertificate(postgres.data());
            TestDatabase database = TestDatabase.at(postgres.url());
            database.execute("ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()");
            String verified = TestDatabase.urlText(postgres.url())
                    .replace(
                            "sslmode=disable",
                            "sslmode=verify-full&sslrootcert=" + postgres.data().resolve("server.crt"))
                    .replace("127.0.0.1", "localhost");
            await().until(() -> database.query("SHOW ssl").contains("on"));
            try (TestReplica replica = TestReplica.start(verified)) {
                await().until(() -> replica.get("/health/ready").body().contains("ok: listening"));
                assertThat(replica.publish("a", "1").status()).isEqualTo(200);
                assertThat(database.query("""
                                SELECT DISTINCT split_part(application_name, '-', 2) || ' ' || ssl
                                FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
                                WHERE application_name LIKE 'eventhandler-%' ORDER BY 1"""))
                        .containsExactly("append true", "history true", "listen true", "read true");
            }
        } finally {
            postgres.stop();
        }
    }

    @Test
    void bothDriversTakeTheFirstHostThatAnswers() {
        TestDatabase database = TestDatabase.create();
        DatabaseUrl url = database.url();
        try (TestReplica replica = TestReplica.start("postgresql://%s:%s@127.0.0.1:1,127.0.0.1:%d/%s"
                .formatted(url.user(), url.password(), url.hosts().getFirst().port(), url.database()))) {
            assertThat(replica.publish("a", "1").status()).isEqualTo(200);
            await().until(() -> replica.get("/health/ready").body().contains("ok: listening"));
        }
    }

    @Test
    void theSchemaMayBeAnother() {
        TestDatabase database = TestDatabase.create();
        database.execute("CREATE SCHEMA elsewhere");
        try (TestReplica replica = TestReplica.start(database.urlText() + "&options=-c%20search_path%3Delsewhere")) {
            await().until(() -> replica.get("/health/ready").body().contains("ok: listening"));
            TestSubscriber subscriber = replica.subscribe("a");
            replica.publish("a", "1");
            assertThat(subscriber.next()).contains("1");
            assertThat(database.queryLong("SELECT count(*) FROM elsewhere.events"))
                    .isEqualTo(2);
        }
    }

    /** A self-signed certificate for localhost where PostgreSQL looks for it. */
    private static void makeCertificate(Path data) throws IOException, InterruptedException {
        int status = new ProcessBuilder(
                        Tool.OPENSSL.path().toString(),
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=localhost",
                        "-addext",
                        "subjectAltName=DNS:localhost",
                        "-keyout",
                        data.resolve("server.key").toString(),
                        "-out",
                        data.resolve("server.crt").toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        assertThat(status).isZero();
        Files.setPosixFilePermissions(
                data.resolve("server.key"), java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    }
}
