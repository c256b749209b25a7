package io.eventhandler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.ServiceProcess;
import io.eventhandler.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SIGTERM while the service starts ends it as asked, and leaves nothing running. */
class StartSignalTest {

    @TempDir
    Path directory;

    private ServiceProcess launch(Map<String, String> environment) throws IOException {
        return ServiceProcess.launch(directory, environment);
    }

    private static void assertEndsWhenTold(ServiceProcess process) throws InterruptedException {
        process.terminate();
        assertThat(process.output())
                .contains("told to stop before it had started")
                .contains("stopped");
        assertThat(process.awaitEnd()).isZero();
    }

    @Test
    void whileItWaitsForTheDatabase() throws Exception {
        try (ServiceProcess process = launch(
                Map.of("DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/d", "DATABASE_START_TIMEOUT", "1h"))) {
            process.awaitLine("waiting for the database");
            assertEndsWhenTold(process);
        }
    }

    @Test
    void whileItWaitsForSomebodyElsesMigration() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (ServiceProcess process = launch(Map.of(
                "DATABASE_URL", database.urlText(), "MIGRATE_AT_START", "false", "DATABASE_START_TIMEOUT", "1h"))) {
            process.awaitLine("waiting for the migrations");
            assertEndsWhenTold(process);
        }
    }

    /** The lock among replicas, and one that a migration's statement waits for. */
    @ParameterizedTest
    @ValueSource(strings = {"SELECT pg_advisory_xact_lock(7305806, 4)", "CREATE TABLE events (n int)"})
    void whileItWaitsForALock(String locking) throws Exception {
        TestDatabase database = TestDatabase.create();
        try (Connection blocker = database.connect();
                Statement statement = blocker.createStatement()) {
            blocker.setAutoCommit(false);
            statement.execute(locking);
            try (ServiceProcess process = launch(Map.of("DATABASE_URL", database.urlText()))) {
                await().until(() -> database.queryLong("""
                                SELECT count(*) FROM pg_stat_activity
                                WHERE datname = current_database() AND application_name LIKE 'eventhandler-start-%'
                                  AND (wait_event_type = 'Lock' OR query ILIKE 'rollback')""") > 0);
                assertEndsWhenTold(process);
            }
        }
    }

    /** Once when the server's data are being made, once when it starts. */
    @ParameterizedTest
    @ValueSource(strings = {"data/postgres.new/PG_VERSION", "data/postgres/postmaster.pid"})
    void whileTheEmbeddedDatabaseStarts(String file) throws Exception {
        try (ServiceProcess process = launch(Map.of())) {
            await().until(() -> Files.exists(directory.resolve(file)));
            assertEndsWhenTold(process);
        }
        assertThat(directory.resolve("data/postgres/postmaster.pid")).doesNotExist();
        assertThat(ProcessHandle.allProcesses()
                        .filter(process -> process.info()
                                .commandLine()
                                .orElse("")
                                .contains(directory.resolve("data").toString())))
                .isEmpty();
    }
}
