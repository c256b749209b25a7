package io.eventhandler.eventlog.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.eventlog.EventLog;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.postgres.Database;
import io.eventhandler.testing.LogCapture;
import io.eventhandler.testing.TestLog;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MaintenanceTest {

    /** The log's metrics after a round of maintenance. */
    private static Map<String, Double> measure(TestLog log, @Nullable Duration maxAge) {
        var registry = new SimpleMeterRegistry();
        var pool = new Database(log.database().url(), "test", 2, Duration.ofSeconds(5), Duration.ofSeconds(10));
        var maintenance = new Maintenance(new EventLog(pool), maxAge, registry);
        assertThat(registry.get("eventhandler.log.earliest").gauge().value()).isNaN();
        maintenance.start();
        try {
            await().until(() -> !Double.isNaN(
                    registry.get("eventhandler.log.earliest").gauge().value()));
            return registry.getMeters().stream()
                    .collect(Collectors.toMap(
                            meter -> meter.getId().getName(),
                            meter -> meter.measure().iterator().next().getValue()));
        } finally {
            maintenance.stop();
            pool.stop();
        }
    }

    @Test
    void measuresTheLog() {
        TestLog log = TestLog.create(1_000);
        assertThat(measure(log, null))
                .isEqualTo(Map.of(
                        "eventhandler.log.clock.ahead", 0.0,
                        "eventhandler.log.earliest", 1.0,
                        "eventhandler.partitions.ahead", 1.0,
                        "eventhandler.retention.behind", 0.0));

        log.append(1_200);
        log.age("3 hours");
        log.append(1);
        log.database().query("SELECT delete_expired_events(101, 100)");
        Map<String, Double> behind = measure(log, Duration.ofHours(2));
        assertThat(behind).containsEntry("eventhandler.log.earliest", 101.0);
        assertThat(behind).containsEntry("eventhandler.partitions.ahead", 1.0);
        assertThat(behind.get("eventhandler.retention.behind")).isBetween(3_600.0, 3_720.0);
        assertThat(measure(log, Duration.ofHours(4))).containsEntry("eventhandler.retention.behind", 0.0);
        assertThat(measure(log, null)).containsEntry("eventhandler.retention.behind", 0.0);
    }

    @Test
    void theNewestEventIsNeverTooOld() {
        TestLog log = TestLog.create(1_000);
        log.append(1);
        log.age("3 hours");
        assertThat(measure(log, Duration.ofHours(2))).containsEntry("eventhandler.retention.behind", 0.0);
    }

    @Test
    void aPartitionThatCanNotBeMadeAheadIsMissed() {
        TestLog log = TestLog.create(1_000);
        log.append(10);
        log.database().execute("ALTER FUNCTION maintain_events() RENAME TO maintain_nothing");
        assertThat(measure(log, null)).containsEntry("eventhandler.partitions.ahead", 0.0);
        log.database().execute("ALTER FUNCTION maintain_nothing() RENAME TO maintain_events");
        assertThat(measure(log, null)).containsEntry("eventhandler.partitions.ahead", 1.0);
    }

    @Test
    void goesOnAfterAnUnexpectedAnswer() {
        TestLog log = TestLog.create(1_000);
        log.append(10);
        log.database()
                .execute(
                        "ALTER FUNCTION events_earliest() RENAME TO real_earliest",
                        "CREATE FUNCTION events_earliest() RETURNS bigint RETURN NULL::bigint");
        var registry = new SimpleMeterRegistry();
        var pool = new Database(log.database().url(), "test", 2, Duration.ofSeconds(5), Duration.ofSeconds(10));
        var maintenance = new Maintenance(new EventLog(pool), null, registry);
        try (var lines = LogCapture.of(BackgroundThread.class)) {
            maintenance.start();
            await().until(() -> !lines.lines("maintenance failed, and goes on").isEmpty());
            log.database()
                    .execute(
                            "DROP FUNCTION events_earliest(); ALTER FUNCTION real_earliest() RENAME TO events_earliest");
            await().until(() ->
                    registry.get("eventhandler.log.earliest").gauge().value() == 1);
        } finally {
            maintenance.stop();
            pool.stop();
        }
    }
}
