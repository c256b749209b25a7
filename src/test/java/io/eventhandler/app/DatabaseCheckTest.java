package io.eventhandler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.EmbeddedPostgres;
import io.eventhandler.postgres.ServerState;
import io.eventhandler.service.Environment;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.testing.CommandRun;
import io.eventhandler.testing.DatabaseRoles;
import io.eventhandler.testing.Needs;
import io.eventhandler.testing.PgBouncer;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.Tool;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code check --database}. */
class DatabaseCheckTest {

    private static final String OBJECTS = """
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1""";

    @TempDir
    Path directory;

    /** How it ended, and what it printed. */
    private record Printed(int status, List<String> lines) {

        String line(String what) {
            return lines.stream()
                    .filter(line -> line.matches("(ok   |warn |fail )" + what + ": .*"))
                    .reduce((one, other) -> one + "\n" + other)
                    .orElse("nothing of " + what + " in " + lines);
        }
    }

    private static Printed check(String url, String... settings) throws InterruptedException {
        return check(InstantSource.system(), url, settings);
    }

    private static Printed check(InstantSource clock, String url, String... settings) throws InterruptedException {
        Map<String, String> variables = new HashMap<>(Map.of("DATABASE_URL", url));
        for (int i = 0; i < settings.length; i += 2) {
            variables.put(settings[i], settings[i + 1]);
        }
        Settings read = Settings.read(new SettingsReader(Environment.of(variables)));
        var out = new ByteArrayOutputStream();
        DatabaseUrl address = Objects.requireNonNull(read.database().url());
        int status = new DatabaseCheck(read, address, clock, new PrintStream(out, true, StandardCharsets.UTF_8)).run();
        return new Printed(status, out.toString(StandardCharsets.UTF_8).lines().toList());
    }

    @Test
    void aDatabaseThatSuitsIsSaidToSuitBeforeAndAfterItsMigrationAndIsLeftAsItIs() throws Exception {
        TestDatabase database = TestDatabase.create();
        Printed fresh = check(database.urlText());
        assertThat(fresh.lines())
                .allMatch(line -> line.startsWith("ok   ") || line.startsWith("warn standbys: none is synchronous"));
        assertThat(fresh.status()).isZero();
        assertThat(fresh.lines())
                .extracting(line -> line.replaceAll("^\\w+ +|:.*", ""))
                .containsExactly(
                        "settings",
                        "address",
                        "connection",
                        "version",
                        "primary",
                        "pooler",
                        "schema",
                        "privileges",
                        "listen",
                        "encoding",
                        "fsync",
                        "full_page_writes",
                        "synchronous_commit",
                        "standbys",
                        "connections",
                        "clock");
        assertThat(fresh.line("address")).endsWith(database.url() + ", sslmode=disable");
        assertThat(fresh.line("schema"))
                .isEqualTo(
                        "ok   schema: it is not migrated yet; the first replica migrates it, or the command migrate");
        assertThat(fresh.line("privileges")).endsWith(" may make the log in the schema public");
        assertThat(check(database.urlText(), "MIGRATE_AT_START", "false").line("schema"))
                .startsWith("warn schema: it is not migrated yet, and MIGRATE_AT_START=false")
                .endsWith(": run the command migrate");
        assertThat(database.query(OBJECTS)).isEmpty();

        TestReplica.start(database).close();
        List<String> before = database.query(OBJECTS);
        Printed migrated = check(database.urlText());
        assertThat(migrated.status()).isZero();
        assertThat(migrated.line("schema")).startsWith("ok   schema: it is up to date: it has migration ");
        assertThat(migrated.line("privileges")).endsWith(" owns the log and may do everything");
        assertThat(database.query(OBJECTS)).isEqualTo(before);
    }

    @Test
    void saysWhatTheRoleMayNotDoAndWhichGrantsItNeeds() throws Exception {
        DatabaseRoles roles = DatabaseRoles.create(TestDatabase.create());
        TestDatabase owner = roles.owner();
        String url = roles.service().urlText();
        String role = roles.service().url().user();
        assertThat(check(url, "MIGRATE_AT_START", "false").line("privileges"))
                .isEqualTo("ok   privileges: %s may run replicas, %s migrates"
                        .formatted(role, owner.url().user()));
        assertThat(check(url).line("privileges"))
                .startsWith("warn privileges: ")
                .contains("set MIGRATE_AT_START=false");
        TestReplica.start(url).close(); // it warns, as this works

        owner.execute(
                "REVOKE EXECUTE ON FUNCTION create_api_key FROM " + role,
                "REVOKE SELECT ON api_keys, events_head_hint FROM " + role);
        Printed lacking = check(url, "MIGRATE_AT_START", "false");
        assertThat(lacking.status()).isEqualTo(1);
        assertThat(lacking.line("privileges"))
                .startsWith("fail privileges: %s may not read or call api_keys, create_api_key, events_head_hint: "
                        .formatted(role))
                .endsWith(" (docs/operations.md, 'Database roles')");
        for (String grant : lacking.line("privileges")
                .replaceAll(".*?: (GRANT.*) \\(.*", "$1")
                .split("; ", -1)) {
            owner.execute(grant);
        }
        assertThat(check(url, "MIGRATE_AT_START", "false").status()).isZero();

        owner.execute("REVOKE SELECT ON eventhandler_schema_history FROM " + role);
        assertThat(check(url, "MIGRATE_AT_START", "false").lines())
                .noneMatch(line -> line.contains(" schema: "))
                .anyMatch(line -> line.contains("may not read or call eventhandler_schema_history: GRANT SELECT"));

        TestDatabase empty = TestDatabase.create();
        empty.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC");
        String stranger =
                url.replace("/" + owner.url().database(), "/" + empty.url().database());
        assertThat(check(stranger).line("privileges"))
                .startsWith("fail privileges: %s may not use the schema public: GRANT USAGE ON SCHEMA public TO %s"
                        .formatted(role, role));
        empty.execute("GRANT USAGE ON SCHEMA public TO " + role);
        assertThat(check(stranger).line("privileges"))
                .startsWith(
                        "fail privileges: %s may create nothing in the schema public: GRANT CREATE".formatted(role));
        assertThat(check(stranger, "MIGRATE_AT_START", "false").line("privileges"))
                .startsWith("ok   privileges: ");
    }

    @Test
    void tellsAnOlderSchemaFromALaterOne() throws Exception {
        TestDatabase database = TestDatabase.create();
        TestReplica.start(database).close();
        database.execute("""
                INSERT INTO eventhandler_schema_history
                SELECT installed_rank + 1, '9999', 'later', type, 'V9999__later.sql', 1, installed_by, installed_on, 1, true
                FROM eventhandler_schema_history ORDER BY installed_rank DESC LIMIT 1""");
        assertThat(check(database.urlText()).line("schema"))
                .startsWith("ok   schema: it is of a later release, which this one may serve: it has migration 9999");
        database.execute(
                "CREATE OR REPLACE FUNCTION events_oldest_release() RETURNS int LANGUAGE sql IMMUTABLE RETURN 9999");
        Printed later = check(database.urlText());
        assertThat(later.status()).isEqualTo(1);
        assertThat(later.line("schema"))
                .startsWith("fail schema: it needs a release that knows migration 9999")
                .endsWith(": run a later release");

        database.execute("DELETE FROM eventhandler_schema_history WHERE version::int > 8");
        assertThat(check(database.urlText()).line("schema"))
                .startsWith("ok   schema: it is older: it has migration 8, this release ");
    }

    @Test
    void saysWhyItIsNotConnectedAndNoMore() throws Exception {
        String url = TestDatabase.create().urlText();
        for (Map.Entry<String, String> wrong : Map.of(
                        url.replaceFirst("127.0.0.1:\\d+|localhost:\\d+", "127.0.0.1:1"),
                        "fail connection: Connection to 127.0.0.1:1 refused",
                        url.replaceFirst(":[^:@/]+@", ":Hush@"),
                        "fail connection: FATAL: password authentication failed for user",
                        url.replaceFirst("/test_\\w+", "/nowhere"),
                        "fail connection: FATAL: database \"nowhere\" does not exist: CREATE DATABASE",
                        url.replaceFirst(":[^:@/]+@", "@"),
                        "fail connection: The server requested SCRAM-based authentication",
                        url.replaceFirst("=disable", "=require"),
                        "fail connection: The server does not support SSL: correct the user, the password or sslmode")
                .entrySet()) {
            Printed printed = check(wrong.getKey());
            assertThat(printed.status()).isEqualTo(1);
            assertThat(printed.lines()).hasSize(3).noneMatch(line -> line.contains("Hush"));
            assertThat(printed.lines().getLast()).startsWith(wrong.getValue()).contains("DATABASE_URL");
        }
    }

    @Test
    @Needs(Tool.PGBOUNCER)
    void aTransactionPoolerNeedsADirectConnectionToListen() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (var pooler = new PgBouncer(database, "transaction", 4)) {
            Printed printed = check(pooler.url());
            assertThat(printed.status()).isEqualTo(1);
            assertThat(printed.line("pooler")).startsWith("ok   pooler: one is between");
            assertThat(printed.line("schema"))
                    .startsWith("fail schema: it is not migrated yet, and no migration goes through a pooler");
            assertThat(printed.line("listen"))
                    .startsWith("fail listen: nobody can LISTEN through a transaction pooler")
                    .contains("set DATABASE_LISTEN_URL");

            Printed direct = check(pooler.url(), "DATABASE_LISTEN_URL", database.urlText());
            assertThat(direct.line("listen")).startsWith("ok   listen: ");
            assertThat(direct.status()).as("%s", direct).isZero();
        }
    }

    @Test
    void saysWhatOfTheDatabasesSettingsIsWrong() throws Exception {
        TestDatabase database = TestDatabase.create();
        database.execute(
                "ALTER DATABASE %s SET synchronous_commit = off"
                        .formatted(database.url().database()),
                "ALTER DATABASE %s SET default_transaction_read_only = on"
                        .formatted(database.url().database()),
                "ALTER DATABASE %s CONNECTION LIMIT 30".formatted(database.url().database()));
        Printed printed = check(database.urlText(), "RETENTION", "30d");
        assertThat(printed.status()).isEqualTo(1);
        assertThat(printed.line("primary")).startsWith("fail primary: default_transaction_read_only is on");
        assertThat(printed.line("synchronous_commit")).startsWith("warn synchronous_commit: off");
        assertThat(printed.line("connections"))
                .startsWith("warn connections: 30 for this role, and 26 for each replica");
        assertThat(check(database.urlText(), "DATABASE_POOL_SIZE", "100").line("connections"))
                .startsWith("fail connections: ");

        assertThat(check(Clock.offset(Clock.systemUTC(), Duration.ofSeconds(20)), database.urlText())
                        .line("clock"))
                .matches("warn clock: the server's is (19|20)\\d{3} ms behind this machine's.*");
        assertThat(check(Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-2)), database.urlText())
                        .line("clock"))
                .startsWith("fail clock: ");
    }

    @Test
    void aStandbyTakesNoEvents() throws Exception {
        var postgres = new EmbeddedPostgres(directory.resolve("postgres"));
        postgres.start();
        try {
            TestDatabase.at(postgres.url()).execute("ALTER SYSTEM SET synchronous_standby_names = 'second'");
        } finally {
            postgres.stop();
        }
        Files.createFile(postgres.data().resolve("standby.signal"));
        postgres.start();
        try {
            Printed printed = check(TestDatabase.urlText(postgres.url()));
            assertThat(printed.status()).isEqualTo(1);
            assertThat(printed.line("primary"))
                    .startsWith("fail primary: this server is a standby")
                    .contains("target_session_attrs=primary");
            assertThat(printed.line("standbys")).startsWith("fail standbys: none of 'second' is connected");
        } finally {
            postgres.stop();
        }
    }

    /** Of servers that no test has. */
    @Test
    void saysWhatOfTheServerIsWrong() {
        var out = new ByteArrayOutputStream();
        var findings = new Findings(new PrintStream(out, true, StandardCharsets.UTF_8));
        var server = new ServerFindings(
                new ServerState("13.21", 130_021, "", false, false, "LATIN1", false, false, "local", "a", null, 97),
                findings);
        server.version();
        server.encoding();
        server.durability();
        assertThat(findings.failed()).isTrue();
        assertThat(out.toString(StandardCharsets.UTF_8)
                        .lines()
                        .map(line -> line.replaceAll("^(\\w+ +\\w+: \\w+).*", "$1")))
                .containsExactly(
                        "fail version: PostgreSQL",
                        "fail encoding: LATIN1",
                        "fail fsync: off",
                        "warn full_page_writes: off",
                        "warn synchronous_commit: local",
                        "ok   standbys: 'a' are synchronous; which are connected, only pg_monitor sees");
    }

    @Test
    void theCommandEndsWithWhatItFound() throws Exception {
        TestDatabase database = TestDatabase.create();
        CommandRun good = run(database.urlText(), "check", "--database");
        assertThat(good.err()).isEmpty();
        assertThat(good.status()).isZero();
        assertThat(good.out()).startsWith("ok   settings: ").contains("\nok   listen: ");

        assertThat(run("postgresql://127.0.0.1:1/a", "check", "--database").status())
                .isEqualTo(1);
        CommandRun wrong = run("nonsense", "check", "--database");
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.err()).startsWith("wrong settings:\nDATABASE_URL: ");
        for (String[] more : List.of(new String[] {"http://host"}, new String[] {"--url", "http://host"})) {
            List<String> arguments = new ArrayList<>(List.of("check", "--database"));
            arguments.addAll(List.of(more));
            assertThat(run(database.urlText(), arguments.toArray(String[]::new)))
                    .isEqualTo(
                            new CommandRun(
                                    2,
                                    "",
                                    "check: --database looks at the database of DATABASE_URL, not at a service: leave the service's address and --token away\n"));
        }
    }

    private CommandRun run(String url, String... arguments) throws Exception {
        return CommandRun.of(directory, Map.of("DATABASE_URL", url), arguments);
    }
}
