package io.eventhandler.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresTest {

    @TempDir
    Path directory;

    private static String setting(EmbeddedPostgres postgres, String name) {
        return TestDatabase.at(postgres.url()).query("SHOW " + name).getFirst();
    }

    @Test
    void keepsItsDataAndIsDurableAndClosedToOthers() throws IOException {
        Path data = directory.resolve("some/where/postgres");
        var first = new EmbeddedPostgres(data);
        first.start();
        try {
            TestDatabase.at(first.url()).execute("CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)");
            assertThat(setting(first, "server_version")).startsWith("18");
            assertThat(setting(first, "fsync")).isEqualTo("on");
            assertThat(setting(first, "synchronous_commit")).isEqualTo("on");
            assertThat(setting(first, "full_page_writes")).isEqualTo("on");
            assertThat(setting(first, "listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(setting(first, "unix_socket_directories")).isEmpty();
            assertThat(Files.getPosixFilePermissions(first.passwordFile()))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
            var guess = new DatabaseUrl(
                    first.url().hosts(),
                    "postgres",
                    first.url().user(),
                    "guess",
                    first.url().parameters());
            assertThatThrownBy(() -> TestDatabase.at(guess).connect())
                    .hasMessageContaining("password authentication failed");
        } finally {
            first.stop();
        }
        first.stop(); // once more does nothing
        var second = new EmbeddedPostgres(data);
        second.start();
        try {
            assertThat(TestDatabase.at(second.url()).queryLong("SELECT n FROM kept"))
                    .isEqualTo(7);
        } finally {
            second.stop();
        }
    }

    @Test
    void refusesADirectoryThatIsInUse() {
        Path data = directory.resolve("postgres");
        var first = new EmbeddedPostgres(data);
        first.start();
        try {
            assertThatThrownBy(() -> new EmbeddedPostgres(data).start())
                    .isInstanceOf(EmbeddedPostgresException.class)
                    .hasMessageStartingWith(
                            "The data directory %s is in use by another Event Handler.".formatted(data));
            assertThat(setting(first, "fsync")).isEqualTo("on");
        } finally {
            first.stop();
        }
    }

    @Test
    void refusesAnotherMajorVersionAndAnothersDirectoryAndLeavesThemAlone() throws IOException {
        Path old = Files.createDirectory(directory.resolve("old"));
        Files.writeString(old.resolve("PG_VERSION"), "15\n");
        assertThatThrownBy(() -> new EmbeddedPostgres(old).start())
                .hasMessage(
                        "The data directory %s is of PostgreSQL 15, this is PostgreSQL 18. Upgrade it with pg_upgrade, or set DATA_DIR to another directory."
                                .formatted(old));
        Path foreign = Files.createDirectory(directory.resolve("foreign"));
        Files.writeString(foreign.resolve("letter.txt"), "dear");
        assertThatThrownBy(() -> new EmbeddedPostgres(foreign).start())
                .hasMessage(
                        "The directory %s is not empty and was not made by Event Handler. Set DATA_DIR to another directory."
                                .formatted(foreign));
        assertThat(old.toFile().list()).containsExactly("PG_VERSION");
        assertThat(foreign.toFile().list()).containsExactly("letter.txt");
    }

    @Test
    void refusesAPlaceThatIsNotWritable() {
        // A file in the way stops root as well.
        Path file = directory.resolve("file");
        assertThat(file.toFile()).doesNotExist();
        assertThatThrownBy(() -> {
                    Files.writeString(file, "");
                    new EmbeddedPostgres(file.resolve("postgres")).start();
                })
                .isInstanceOf(EmbeddedPostgresException.class)
                .hasMessageContaining("Set DATA_DIR to a directory that is writable.");
        assertThatThrownBy(() -> new EmbeddedPostgres(Path.of("/proc/postgres")).start())
                .isInstanceOf(EmbeddedPostgresException.class)
                .hasMessageContaining("Set DATA_DIR to");
    }

    @Test
    void stopsTheServerOfAServiceThatWasKilled() throws IOException {
        Path data = directory.resolve("postgres");
        var killed = new EmbeddedPostgres(data);
        killed.start();
        DatabaseUrl url = killed.url();
        killed.abandon(); // what the kernel does to a killed process: its files are closed, its child lives
        var next = new EmbeddedPostgres(data);
        next.start();
        try {
            assertThat(setting(next, "port"))
                    .isNotEqualTo(String.valueOf(url.hosts().getFirst().port()));
            await().untilAsserted(() ->
                    assertThatThrownBy(() -> TestDatabase.at(url).connect()).isNotNull());
        } finally {
            next.stop();
        }
    }
}
