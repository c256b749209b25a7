package io.eventhandler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.access.AccessOptions;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.eventlog.append.Appender;
import io.eventhandler.eventlog.read.ReplayReader;
import io.eventhandler.eventlog.upkeep.Retention;
import io.eventhandler.history.Exports;
import io.eventhandler.history.HistoryEndpoint;
import io.eventhandler.limits.ClientLimits;
import io.eventhandler.logging.LogFormat;
import io.eventhandler.logstore.LogStoreOptions;
import io.eventhandler.postgres.DatabaseOptions;
import io.eventhandler.publish.PublishEndpoint;
import io.eventhandler.publish.PublishLimits;
import io.eventhandler.service.Environment;
import io.eventhandler.service.InvalidSettingsException;
import io.eventhandler.service.LogOptions;
import io.eventhandler.service.Memory;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.subscribe.SubscriberLimits;
import io.eventhandler.wakeup.WakeUp;
import io.eventhandler.web.Origins;
import io.eventhandler.web.RequestBody;
import io.eventhandler.web.WebServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class SettingsTest {

    private static Settings read(Map<String, String> variables) throws InvalidSettingsException {
        var reader = new SettingsReader(Environment.of(variables));
        Settings settings = Settings.read(reader);
        reader.check();
        return settings;
    }

    @Test
    void everyDefault() throws InvalidSettingsException {
        long eighthOfHeap = Runtime.getRuntime().maxMemory() / 8;
        assertThat(read(Map.of("LOG_FORMAT", "json")))
                .isEqualTo(new Settings(
                        new DatabaseOptions(null, null, Path.of("data/postgres"), 8, true, Duration.ofSeconds(30)),
                        new WebServer.Options("127.0.0.1", 8080, Duration.ofSeconds(10), Duration.ofMinutes(11)),
                        new AccessOptions(AccessOptions.Auth.NONE, null, null, 1_000),
                        new Origins(Set.of()),
                        null,
                        new PublishEndpoint.Options(
                                new PublishLimits(1 << 20, 4 << 20, 16 << 10, 100),
                                new RequestBody.Pace(Duration.ofSeconds(10), 16 << 10),
                                Math.clamp(eighthOfHeap, 4 << 20, 256 << 20)),
                        new Appender.Options(50_000, Duration.ofSeconds(5), true),
                        new RecentEvents.Options(65_536, (int) Math.min(eighthOfHeap, 64 << 20)),
                        new WakeUp.Options("eventhandler", Duration.ofSeconds(5), Duration.ofMillis(200)),
                        new SubscriberLimits(
                                (int) Math.min(100_000, eighthOfHeap * 8 / (16 << 10)),
                                1_000,
                                10_000,
                                8 << 20,
                                eighthOfHeap,
                                Duration.ofSeconds(25),
                                Duration.ofSeconds(30),
                                Duration.ZERO),
                        new ClientLimits(0, 0, 0, 0, 100),
                        Duration.ZERO,
                        new ReplayReader.Options(4),
                        new HistoryEndpoint.Options(
                                4,
                                Duration.ofSeconds(10),
                                Math.clamp(eighthOfHeap, 16 << 20, 64 << 20),
                                new Exports.Options(8, Duration.ofMinutes(1))),
                        null,
                        new Retention.Options(null, null, Duration.ofSeconds(30)),
                        new LogStoreOptions(
                                Duration.ofDays(7), null, Memory.eighthOfHeap(64 << 20), 4, Duration.ofSeconds(10)),
                        Map.of(),
                        new LogOptions(Level.INFO, LogFormat.JSON)));
        assertThat(read(Map.of("DATABASE_URL", "postgres://h/d")).web().host()).isEqualTo("0.0.0.0");
    }

    @Test
    void theManagementPortIsOneOfItsOwnOrNone() throws InvalidSettingsException {
        assertThat(read(Map.of("MANAGEMENT_PORT", "8081")).management())
                .isEqualTo(new WebServer.Options("127.0.0.1", 8081, Duration.ofSeconds(10), Duration.ofMinutes(11)));
        assertThat(read(Map.of("MANAGEMENT_PORT", "8081", "PORT", "8081")).management())
                .isNull();
        assertThat(read(Map.of("MANAGEMENT_PORT", "0", "PORT", "0")).management())
                .isEqualTo(new WebServer.Options("127.0.0.1", 0, Duration.ofSeconds(10), Duration.ofMinutes(11)));
    }

    @Test
    void everyFaultIsReportedAtOnceAndNoPassword() {
        assertThatThrownBy(() -> read(Map.of(
                        "DATABASE_URL", "postgresql://me:secret@host:99999/db",
                        "DATABASE_LISTEN_URL", "mysql://me:secret@host/db",
                        "PORT", "http",
                        "DATABASE_POOL_SIZE", "0",
                        "PUBLISH_TIMEOUT", "5",
                        "HEARTBEAT", "2d",
                        "MAX_EVENT_SIZE", "1MB",
                        "RETENTION_EVENTS", "0",
                        "LOG_FORMAT", "xml",
                        "LOG_LEVEL", "loud")))
                .isInstanceOf(InvalidSettingsException.class)
                .message()
                .isEqualTo("""
                        DATABASE_URL: what follows the host's ':' is not a port from 1 to 65535; accepted is postgresql://user:password@host:5432/database?sslmode=require (also postgres://, postgresql+driver:// and jdbc:postgresql://, several hosts separated by commas)
                        DATABASE_LISTEN_URL: 'mysql://…' is not a PostgreSQL URL; accepted is postgresql://user:password@host:5432/database?sslmode=require (also postgres://, postgresql+driver:// and jdbc:postgresql://, several hosts separated by commas)
                        DATABASE_POOL_SIZE: '0' is not a whole number from 2 to 1000
                        PORT: 'http' is not a whole number from 0 to 65535
                        MAX_EVENT_SIZE: '1MB' is not a size from 1KiB to 64MiB, such as 4096, 64KiB or 4MiB
                        PUBLISH_TIMEOUT: '5' is not a duration from 100ms to 5m, such as 250ms, 5s, 10m, 24h or 30d
                        HEARTBEAT: '2d' is not a duration from 100ms to 1h, such as 250ms, 5s, 10m, 24h or 30d
                        RETENTION_EVENTS: '0' is not a whole number from 1 to 1000000000000
                        LOG_LEVEL: 'loud' is not one of error, warn, info, debug, trace
                        LOG_FORMAT: 'xml' is not one of text, json""");
    }

    @Test
    void aFileThatIsNoPathIsAFault() {
        assertThatThrownBy(() -> read(Map.of(
                        "DATABASE_URL", "postgresql://h/d?sslrootcert=%00",
                        "DATA_DIR", "a\0",
                        "TLS_CERT_FILE", "b\0",
                        "TLS_KEY_FILE", "c\0",
                        "JWT_PUBLIC_KEY_FILE", "d\0")))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("DATABASE_URL: sslrootcert: '\0' can't be read")
                .hasMessageContaining("DATA_DIR: 'a\0' is not a path")
                .hasMessageContaining("TLS_CERT_FILE: 'b\0' is not a path")
                .hasMessageContaining("TLS_KEY_FILE: 'c\0' is not a path")
                .hasMessageContaining("JWT_PUBLIC_KEY_FILE: must be a path");
    }

    @Test
    void defaultsFollowWhatIsSet() throws InvalidSettingsException {
        Settings large = read(Map.of("MAX_EVENT_SIZE", "16MiB"));
        assertThat(large.publish().limits().maxBatchBytes()).isEqualTo(16 << 20);
        assertThat(large.subscribers().maxQueuedBytes()).isEqualTo(32 << 20);
        assertThat(read(Map.of("MAX_BATCH_SIZE", "64KiB")).publish().limits().maxEventBytes())
                .isEqualTo(64 << 10);
        assertThat(read(Map.of("DATABASE_POOL_SIZE", "2")).replays().maxReplays())
                .isEqualTo(1);
    }

    @Test
    void settingsThatContradictEachOtherAreReportedWithTheFaults() {
        long heap = Runtime.getRuntime().maxMemory();
        assertThatThrownBy(() -> read(Map.of(
                        "DATABASE_POOL_SIZE", "4",
                        "MAX_REPLAYS", "5",
                        "MAX_EVENT_SIZE", "16MiB",
                        "MAX_BATCH_SIZE", "4MiB",
                        "MAX_PENDING_SIZE", "8MiB",
                        "SUBSCRIBER_QUEUE_SIZE", "2MiB",
                        "MAX_CONNECTIONS", "10000000",
                        "LOG_LEVEL", "loud")))
                .isInstanceOf(InvalidSettingsException.class)
                .message()
                .isEqualTo("""
                        MAX_BATCH_SIZE: 4194304 bytes hold no event of MAX_EVENT_SIZE, 16777216
                        MAX_PENDING_SIZE: 8388608 bytes hold no event of MAX_EVENT_SIZE, 16777216
                        MAX_CONNECTIONS: 10000000 connections of 8192 bytes each don't fit the heap of %d MiB, which holds %d
                        LOG_LEVEL: 'loud' is not one of error, warn, info, debug, trace
                        MAX_REPLAYS: 5 replays need as many connections, DATABASE_POOL_SIZE is 4
                        SUBSCRIBER_QUEUE_SIZE: 2097152 bytes hold no event of MAX_EVENT_SIZE, 16777216""".formatted(heap >> 20, heap / 8192));
    }

    @Test
    void durationsAreSaidAsTheyAreSet() {
        assertThat(List.of(
                        SettingsReader.text(Duration.ZERO),
                        SettingsReader.text(Duration.ofMillis(250)),
                        SettingsReader.text(Duration.ofSeconds(90)),
                        SettingsReader.text(Duration.ofMinutes(30)),
                        SettingsReader.text(Duration.ofHours(2))))
                .containsExactly("0s", "250ms", "90s", "30m", "2h");
    }

    @Test
    void theHelpAndTheDocumentsNameEverySettingWithItsDefault() throws Exception {
        var reader = new SettingsReader(Environment.of(Map.of()));
        Settings.read(reader);
        var setting =
                Pattern.compile("(?m)^  ([A-Z_]+) +(.+)\\R +default: (.+)$").matcher(reader.help());
        var inHelp = new TreeMap<String, String>();
        while (setting.find()) {
            inHelp.put(setting.group(1), setting.group(3));
        }
        Map<String, String> all = rows(Path.of("docs/settings.md"));
        Map<String, String> usual = rows(Path.of("README.md"));
        assertThat(inHelp).isNotEmpty();
        assertThat(all.keySet()).isEqualTo(inHelp.keySet());
        inHelp.forEach((name, byDefault) -> assertThat(all.get(name)).startsWith(byDefault + " | "));
        assertThat(all).containsAllEntriesOf(usual);
        assertThat(usual).hasSizeBetween(10, 16);
    }

    /** What the tables of settings in a document say of each, with links as in docs. */
    private static Map<String, String> rows(Path document) throws IOException {
        var row = Pattern.compile("(?m)^\\| `([A-Z_]+)` \\| (.+) \\|$").matcher(Files.readString(document));
        var rows = new TreeMap<String, String>();
        while (row.find()) {
            String text = row.group(2)
                    .replace("](docs/operations.md", "](operations.md")
                    .replace("](#", "](../README.md#");
            assertThat(rows.put(row.group(1), text))
                    .as("%s has two rows for %s", document, row.group(1))
                    .isNull();
        }
        return rows;
    }
}
