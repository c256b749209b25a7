package io.eventhandler.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.Needs;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import io.eventhandler.testing.Tool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The address reaches both drivers, which connect the same way. */
class DatabaseConnectionTest {

    @TempDir
    Path directory;

    @Test
    @Needs(Tool.OPENSSL)
    void bothDriversConnectWithTlsAndVerifyTheServerAndShowAClientsCertificate() throws Exception {
        var postgres = new EmbeddedPostgres(directory.resolve("postgres"));
        postgres.start();
        try {
            Path data = postgres.data();
            makeCertificate("server", "rsa:2048", data);
            makeCertificate(postgres.url().user(), "ec -pkeyopt ec_paramgen_curve:prime256v1", data);
            TestDatabase database = TestDatabase.at(postgres.url());
            Path access = data.resolve("pg_hba.conf");
            Files.writeString(access, "hostssl all all all cert\n" + Files.readString(access), StandardCharsets.UTF_8);
            database.execute(
                    "ALTER SYSTEM SET ssl = on",
                    "ALTER SYSTEM SET ssl_ca_file = '%s.crt'"
                            .formatted(postgres.url().user()),
                    "SELECT pg_reload_conf()");
            String client = data.resolve(postgres.url().user()).toString();
            run(data, "openssl pkcs8 -topk8 -nocrypt -in %s.key -outform DER -out %s.pk8".formatted(client, client));
            await().until(() -> database.query("SHOW ssl").contains("on"));
            for (String key : List.of(client + ".key", client + ".pk8")) {
                String verified =
                        "postgresql://%s@localhost:%d/postgres?sslmode=verify-full&sslrootcert=%s&sslcert=%s&sslkey=%s"
                                .formatted(
                                        postgres.url().user(),
                                        postgres.url().hosts().getFirst().port(),
                                        data.resolve("server.crt"),
                                        client + ".crt",
                                        key);
                try (TestReplica replica = TestReplica.start(verified)) {
                    await().until(() -> replica.get("/health/ready").body().contains("ok: listening"));
                    assertThat(replica.publish("a", "1").status()).isEqualTo(200);
                    assertThat(database.query("""
                                    SELECT DISTINCT split_part(application_name, '-', 2) || ' ' || coalesce(client_dn, '')
                                    FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
                                    WHERE application_name LIKE 'eventhandler-%'"""))
                            .contains("append /CN=eventhandler", "listen /CN=eventhandler", "read /CN=eventhandler")
                            .allMatch(line -> line.endsWith(" /CN=eventhandler"));
                }
            }
        } finally {
            postgres.stop();
        }
    }

    @ParameterizedTest
    @Needs(Tool.OPENSSL)
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            openssl genrsa -traditional -out KEY 2048               | is not PKCS#8; convert it: openssl pkcs8 -topk8 -nocrypt -in KEY -out client.key
            openssl ecparam -name prime256v1 -genkey -noout -out KEY | is not PKCS#8; convert it: openssl pkcs8 -topk8 -nocrypt -in KEY
            openssl genpkey -algorithm RSA -aes256 -pass pass:x -out KEY | is encrypted PEM; convert it: openssl pkcs8 -topk8 -v1
            openssl genpkey -algorithm X25519 -out KEY              | is no key for one of RSA, EC, EdDSA
            openssl version                                         | can't be read
            """)
    void refusesAClientsKeyThatADriverCanNotRead(String command, String message) throws Exception {
        String key = directory.resolve("key").toString();
        run(directory, command.replace("KEY", key));
        assertThatThrownBy(() -> UrlParser.parseUsable("postgresql://h/d?sslkey=" + key))
                .hasMessageStartingWith("sslkey: '%s' ".formatted(key))
                .hasMessageContaining(message.replace("KEY", key));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "any", "read-write", "primary", "prefer-standby"})
    void bothDriversTakeTheFirstHostThatAnswersAndIsAsWanted(String wanted) {
        TestDatabase database = TestDatabase.create();
        DatabaseUrl url = database.url();
        String address = "postgresql://%s:%s@127.0.0.1:1,127.0.0.1:%d/%s"
                .formatted(url.user(), url.password(), url.hosts().getFirst().port(), url.database());
        try (TestReplica replica =
                TestReplica.start(wanted.isEmpty() ? address : address + "?target_session_attrs=" + wanted)) {
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

    /** A self-signed certificate for localhost and its key where PostgreSQL looks for them. */
    private static void makeCertificate(String name, String algorithm, Path data) throws Exception {
        run(
                data,
                "openssl req -x509 -newkey %s -nodes -days 2 -subj /CN=%s -addext subjectAltName=DNS:localhost -keyout %s.key -out %s.crt"
                        .formatted(algorithm, name, name, name));
        Files.setPosixFilePermissions(data.resolve(name + ".key"), PosixFilePermissions.fromString("rw-------"));
    }

    private static void run(Path directory, String command) throws IOException, InterruptedException {
        int status = new ProcessBuilder(
                        command.replaceFirst("openssl", Tool.OPENSSL.path().toString())
                                .split(" +"))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        assertThat(status).as(command).isZero();
    }
}
