package io.eventhandler.logstore;

import static io.eventhandler.logstore.TestLogStore.NOON;
import static io.eventhandler.logstore.TestLogStore.SHOP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.LogCapture;
import io.eventhandler.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LogUpkeepTest {

    private final TestLogStore store = new TestLogStore();
    private final TestDatabase database = store.database();
    private final List<LogUpkeep> running = new ArrayList<>();

    private LogUpkeep start(Duration maxAge, @Nullable Long maxBytes) {
        var upkeep = new LogUpkeep(store.pool(2), maxAge, maxBytes, Duration.ofMillis(20));
        running.add(upkeep);
        upkeep.start();
        return upkeep;
    }

    @AfterEach
    void stop() {
        running.forEach(LogUpkeep::stop);
        store.close();
    }

    /** Records of these days before today. */
    private void storeDays(int... daysAgo) {
        for (int days : daysAgo) {
            database.execute(
                    "SELECT create_log_partition((now() AT TIME ZONE 'UTC')::date - %d)".formatted(days),
                    """
                    INSERT INTO log_records (id, time, service_id, origin_id, severity, message)
                    SELECT log_records_from(now() - interval '%1$d days') + n, now() - interval '%1$d days', 1, 1, 9, 'a'
                    FROM generate_series(1, 100) n""".formatted(days));
        }
    }

    private List<String> daysAgo() {
        return database.query("SELECT (now() AT TIME ZONE 'UTC')::date - day FROM log_partitions() ORDER BY day");
    }

    @Test
    void makesTheNextDaysAndMeasures() {
        LogUpkeep upkeep = start(Duration.ofDays(7), null);
        await().until(() -> daysAgo().equals(List.of("0", "-1", "-2")));
        await().until(() -> upkeep.storedBytes() > 0);
    }

    @Test
    void removesDaysAllOfWhichAreOld() {
        storeDays(9, 8, 7, 1, 0);
        start(Duration.ofDays(7), null);
        await().until(() -> daysAgo().equals(List.of("7", "1", "0", "-1", "-2")));
        assertThat(database.queryLong("SELECT count(*) FROM log_records")).isEqualTo(300);
    }

    @Test
    void removesTheOldestDaysBeyondASizeButNeverToday() {
        storeDays(3, 2, 1, 0);
        start(Duration.ofDays(7), 1L);
        start(Duration.ofDays(7), 1L);
        await().until(() -> daysAgo().equals(List.of("0", "-1", "-2")));
        assertThat(database.queryLong("SELECT count(*) FROM log_records")).isEqualTo(100);
    }

    @Test
    void forgetsWhoHasNotLoggedForLong() {
        store.store(List.of(
                TestLogStore.record(SHOP, NOON, 9, "a"), TestLogStore.record(TestLogStore.BILLING, NOON, 9, "a")));
        database.execute(
                "UPDATE log_origins SET used_on = used_on - 20 WHERE logger IS NULL", "SELECT maintain_log_records()");
        storeDays(9);
        start(Duration.ofDays(7), null);
        await().until(() -> daysAgo().equals(List.of("0", "-1", "-2")));
        assertThat(database.query("SELECT name FROM log_services")).containsExactly("shop");
    }

    @Test
    void aReaderHoldsUpTheRemovalButNobodyElseForLong() throws SQLException {
        storeDays(9, 0);
        try (Connection reader = database.connect();
                Statement reading = reader.createStatement();
                LogCapture lines = LogCapture.of(LogUpkeep.class)) {
            reader.setAutoCommit(false);
            reading.executeQuery("SELECT count(*) FROM log_records").close();
            start(Duration.ofDays(7), null);
            await().until(() ->
                    !lines.lines("old logs of services could not be removed").isEmpty());
            store.store(List.of(TestLogStore.record(SHOP, NOON, 9, "meanwhile")));
            assertThat(new LogReader(store.pool(1), Duration.ofSeconds(10))
                            .page(LogQuery.newest(1))
                            .records())
                    .hasSize(1);
            assertThat(daysAgo()).contains("9");
        }
        await().until(() -> !daysAgo().contains("9"));
        assertThat(database.queryLong("SELECT count(*) FROM log_records")).isEqualTo(101);
    }
}
