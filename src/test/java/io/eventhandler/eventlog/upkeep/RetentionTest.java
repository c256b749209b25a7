package io.eventhandler.eventlog.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.UrlParser;
import io.eventhandler.testing.LogCapture;
import io.eventhandler.testing.Needs;
import io.eventhandler.testing.PgBouncer;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestLog;
import io.eventhandler.testing.Tool;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The log's lower end, in partitions of 1,000. */
class RetentionTest {

    private static final Duration OFTEN = Duration.ofMillis(20);

    private final TestLog log = TestLog.create(1_000);
    private final TestDatabase database = log.database();
    private final List<Retention> running = new ArrayList<>();
    private final List<Database> pools = new ArrayList<>();

    private Retention start(@Nullable Duration maxAge, @Nullable Long maxEvents) {
        return start(database.url(), maxAge, maxEvents);
    }

    private Retention start(DatabaseUrl url, @Nullable Duration maxAge, @Nullable Long maxEvents) {
        var pool = new Database(url, "retention", 2, Duration.ofSeconds(5), Duration.ofSeconds(30));
        var retention = new Retention(pool, new Retention.Options(maxAge, maxEvents, OFTEN));
        pools.add(pool);
        running.add(retention);
        retention.start();
        return retention;
    }

    @AfterEach
    void stop() {
        running.forEach(Retention::stop);
        pools.forEach(Database::stop);
    }

    private long earliest() {
        return database.queryLong("SELECT events_earliest()");
    }

    private List<String> partitions() {
        return database.query("""
                SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'events_from_%'
                ORDER BY length(relname), relname""");
    }

    private void assertThatOnlyTheseRemain(long first, long last) {
        assertThat(database.query("SELECT min(id) || ' ' || max(id) || ' ' || count(*) FROM events"))
                .containsExactly(first + " " + last + " " + (last - first + 1));
    }

    @Test
    void dropsThePartitionsThatAreOldAndDeletesTheRest() {
        log.append(3_500);
        log.age("2 days");
        log.append(400);
        start(Duration.ofDays(1), null);
        await().until(() -> earliest() == 3_501);
        assertThatOnlyTheseRemain(3_501, 3_900);
        assertThat(partitions()).containsExactly("events_from_3000");
    }

    @Test
    @Needs(Tool.PGBOUNCER)
    void doesSoThroughATransactionPooler() {
        log.append(3_500);
        log.age("2 days");
        log.append(400);
        try (var pooler = new PgBouncer(database, "transaction", 4)) {
            start(UrlParser.parse(pooler.url()), Duration.ofDays(1), null);
            await().until(() -> earliest() == 3_501);
            await().until(() -> partitions().equals(List.of("events_from_3000")));
            stop();
        }
    }

    @Test
    void keepsSoManyOfTheNewest() {
        log.append(2_700);
        log.age("2 minutes");
        start(null, 1_200L);
        await().until(() -> earliest() == 1_501);
        assertThatOnlyTheseRemain(1_501, 2_700);
        assertThat(partitions()).containsExactly("events_from_1000", "events_from_2000");
    }

    @Test
    void removesNothingThatIsYoungerThanAMinute() {
        log.append(100);
        assertThat(database.queryLong("SELECT events_retained_from(NULL, 1, '1 minute')"))
                .isEqualTo(1);
        log.age("2 minutes");
        assertThat(database.queryLong("SELECT events_retained_from(NULL, 1, '1 minute')"))
                .isEqualTo(100);
    }

    @Test
    void theNewestEventStaysWhenAllAreOldAndTheIdsGoOn() {
        log.append(2_300);
        log.age("2 days");
        start(Duration.ofDays(1), 1L);
        await().until(() -> earliest() == 2_300);
        running.getFirst().stop();
        database.execute("SELECT setval('events_head_hint', 0)"); // even when nothing else remembers the head
        assertThat(log.append(5)).isEqualTo(2_301);
        assertThatOnlyTheseRemain(2_300, 2_305);
    }

    @Test
    void anEmptyLogStaysEmpty() {
        assertThat(database.queryLong("SELECT events_retained_from('1 day', 1, '1 minute')"))
                .isZero();
        assertThat(earliest()).isEqualTo(1);
        start(Duration.ofDays(1), 1L);
        log.append(1);
        assertThatOnlyTheseRemain(1, 1);
    }

    @Test
    void aReplicaThatDiesInTheMiddleIsReplacedAndALongReaderHoldsUpNobodyElse() throws SQLException {
        log.append(2_900);
        log.age("2 days");
        try (Connection reader = database.connect();
                Statement reading = reader.createStatement()) {
            reader.setAutoCommit(false);
            reading.executeQuery("SELECT count(*) FROM events").close();
            start(Duration.ofDays(1), null);
            await().until(() -> database.queryLong("SELECT count(*) FROM pg_inherits WHERE inhdetachpending") == 1);
            assertThat(earliest()).isEqualTo(1_000); // for everybody who asks from now on

            try (Connection writer = database.connect();
                    Statement writing = writer.createStatement()) {
                writing.execute("SET lock_timeout = '2s'");
                for (int n = 0; n < 30; n++) { // across a border, while the removal waits
                    writing.executeQuery(log.appending(50)).close();
                }
            }
            running.removeFirst().stop();
            database.execute("""
                    SELECT pg_terminate_backend(pid, 3000) FROM pg_stat_activity
                    WHERE application_name = 'retention' AND datname = current_database()""");
            pools.removeFirst().stop();
            assertThat(partitions()).startsWith("events_from_0", "events_from_1000");

            start(Duration.ofDays(1), null);
            start(Duration.ofDays(1), null);
            await().until(() -> database.queryLong("""
                            SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 10 AND granted
                            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())""") == 1);
            assertThat(partitions()).startsWith("events_from_0");
        }
        await().until(() -> earliest() == 2_901);
        assertThatOnlyTheseRemain(2_901, 4_400);
        assertThat(partitions()).startsWith("events_from_2000");
    }

    @Test
    void finishesAnInterruptedDropButLeavesWhatSomebodyElseDetached() {
        log.append(2_900);
        log.age("2 days");
        database.execute(
                "ALTER TABLE events DETACH PARTITION events_from_0",
                "COMMENT ON TABLE events_from_1000 IS 'expired'",
                "ALTER TABLE events DETACH PARTITION events_from_1000");
        start(Duration.ofDays(1), null);
        await().until(() -> earliest() == 2_900);
        assertThat(partitions()).containsExactly("events_from_0", "events_from_2000");
    }

    @Test
    void findsTheFirstEventSinceATimeAlsoAcrossHoles() {
        for (int n = 0; n < 12; n++) {
            log.append(200);
            log.age("1 hour");
        }
        database.execute(
                "DELETE FROM events WHERE id BETWEEN 390 AND 1310 OR id % 7 = 0 OR id < 30",
                "ALTER TABLE events DETACH PARTITION events_from_0");
        assertThat(database.query("""
                        SELECT moment
                        FROM generate_series(now() - interval '13 hours', now() + interval '1 hour', '11 minutes')
                            AS moments (moment),
                            LATERAL (SELECT events_first_since(moment) AS first OFFSET 0) AS found
                        WHERE (SELECT min(id) FROM events WHERE id >= first)
                            IS DISTINCT FROM (SELECT min(id) FROM events WHERE created_at >= moment)""")).isEmpty();
        assertThat(database.queryLong("SELECT events_first_since('infinity')")).isEqualTo(2_401);
    }

    @Test
    void goesOnAfterAnUnexpectedAnswer() {
        log.append(1_500);
        log.age("2 days");
        log.append(400);
        database.execute("ALTER FUNCTION events_expired_partitions(bigint) RENAME TO real_partitions", """
                CREATE FUNCTION events_expired_partitions(retained_from bigint, OUT partition text, OUT step text)
                RETURNS SETOF record LANGUAGE sql AS 'SELECT NULL, NULL'""");
        try (var lines = LogCapture.of(BackgroundThread.class)) {
            start(Duration.ofDays(1), null);
            await().until(() -> !lines.lines("retention failed, and goes on").isEmpty());
            database.execute(
                    "DROP FUNCTION events_expired_partitions(bigint)",
                    "ALTER FUNCTION real_partitions(bigint) RENAME TO events_expired_partitions");
            await().until(() -> earliest() == 1_501);
        }
    }
}
