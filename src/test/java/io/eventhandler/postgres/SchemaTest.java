package io.eventhandler.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Releases and schemas that meet while one follows the other. */
class SchemaTest {

    private static final Path CALLS = Path.of("src/test/resources/releases");
    private static final Pattern CALLED = Pattern.compile(
            "Routines\\.(\\w+)\\(|jooq\\.routines\\.(\\w+);|jooq\\.Tables\\.(FIND_\\w+);|FROM (\\w+)\\(\\?");

    private static void oldestRelease(TestDatabase database, int number) {
        database.execute("CREATE OR REPLACE FUNCTION events_oldest_release() RETURNS int LANGUAGE sql IMMUTABLE RETURN "
                + number);
    }

    @Test
    void aReplicaIsNotReadyForASchemaThatNeedsANewerOne() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica replica = TestReplica.start(database)) {
            await().until(() -> replica.get("/health/ready").status() == 200);
            int known = newestMigration();
            oldestRelease(database, 9_999);
            String fault = "needs a release that knows migration 9999, this one knows %d".formatted(known);
            await().untilAsserted(() -> {
                assertThat(replica.get("/health/ready").status()).isEqualTo(503);
                assertThat(replica.get("/health/ready").body()).contains(fault);
            });
            assertThat(replica.get("/health/live").status()).isEqualTo(200);
            assertThatThrownBy(() -> TestReplica.start(database)).hasMessageContaining(fault);

            oldestRelease(database, known);
            await().until(() -> replica.get("/health/ready").status() == 200);
        }
    }

    @Test
    void aSchemaThatIsNewerButServesThisReleaseIsNoHindrance() {
        TestDatabase database = TestDatabase.create();
        TestReplica.start(database).close();
        database.execute("""
                INSERT INTO eventhandler_schema_history
                SELECT installed_rank + 1, '9999', 'later', type, 'V9999__later.sql', 1, installed_by, installed_on, 1, true
                FROM eventhandler_schema_history ORDER BY installed_rank DESC LIMIT 1""");
        try (TestReplica replica = TestReplica.start(database)) {
            await().until(() -> replica.get("/health/ready").status() == 200);
            assertThat(replica.publish("a", "1").status()).isEqualTo(200);
        }
    }

    @Test
    void theNewestSchemaServesEachReleaseThatItAdmits() throws IOException {
        TestDatabase database = TestDatabase.create();
        TestReplica.start(database).close();
        long oldest = database.queryLong("SELECT events_oldest_release()");
        for (Path release : releases()) {
            if (number(release) >= oldest) {
                for (String call : Files.readAllLines(release)) {
                    assertThat(database.query(call)).as(call).isNotNull();
                }
            }
        }
    }

    @Test
    void theNewestReleasesCallsAreThoseOfTheCode() throws IOException {
        String calls = Files.readString(releases().getLast());
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            assertThat(sources.filter(source -> source.toString().endsWith(".java"))
                            .flatMap(SchemaTest::functionsCalledBy)
                            .distinct())
                    .contains("append_events", "find_append", "find_idempotency_keys", "events_head")
                    .allSatisfy(function -> assertThat(calls).contains(function + "("));
        }
    }

    private static Stream<String> functionsCalledBy(Path source) {
        try {
            return CALLED.matcher(Files.readString(source))
                    .results()
                    .flatMap(found -> Stream.of(1, 2, 3, 4).map(found::group).filter(java.util.Objects::nonNull))
                    .map(name -> name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> releases() throws IOException {
        try (Stream<Path> files = Files.list(CALLS)) {
            return files.sorted(Comparator.comparingInt(SchemaTest::number)).toList();
        }
    }

    private static int newestMigration() {
        try (Stream<Path> files = Files.list(Path.of("migrations"))) {
            return files.filter(file -> file.toString().endsWith(".sql"))
                    .mapToInt(SchemaTest::number)
                    .max()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int number(Path file) {
        return Integer.parseInt(file.getFileName().toString().replaceAll("^V?(\\d+).*", "$1"));
    }
}
