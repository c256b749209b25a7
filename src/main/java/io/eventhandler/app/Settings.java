package io.eventhandler.app;

import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.append.Appender;
import io.eventhandler.eventlog.upkeep.Retention;
import io.eventhandler.history.Exports;
import io.eventhandler.logging.LogFormat;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.publish.PublishEndpoint;
import io.eventhandler.publish.PublishLimits;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.subscribe.SubscriberLimits;
import io.eventhandler.tracing.Tracing;
import io.eventhandler.wakeup.WakeUp;
import io.eventhandler.web.WebServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Every setting of the service, one record per part. Immutable.
 *
 * @param databaseUrl null for the embedded PostgreSQL
 * @param listenUrl where to LISTEN, null for the same as {@code databaseUrl}
 * @param dataDir of the embedded PostgreSQL
 * @param poolSize connections for reading
 * @param databaseStartTimeout how long to wait for the database at the start
 * @param migrateAtStart whether a replica brings the schema up to date
 * @param drainDelay how long everything is still served after the service was told to stop
 * @param managementPort where metrics are served, 0 for any; null for the port of {@code web}
 * @param maxReplays that read from the database at once
 * @param openTelemetry the variables of OpenTelemetry, see {@link Tracing}
 */
public record Settings(
        @Nullable DatabaseUrl databaseUrl,
        @Nullable DatabaseUrl listenUrl,
        Path dataDir,
        int poolSize,
        Duration databaseStartTimeout,
        boolean migrateAtStart,
        WebServer.Options web,
        @Nullable Integer managementPort,
        PublishEndpoint.Options publish,
        Appender.Options append,
        Recent recent,
        WakeUp.Options wakeUp,
        SubscriberLimits subscribers,
        Duration drainDelay,
        int maxReplays,
        History history,
        Retention.Options retention,
        Map<String, String> openTelemetry,
        Level logLevel,
        LogFormat logFormat) {

    /**
     * The ring of recent events.
     *
     * @param events kept in memory for subscribers that are a little behind
     * @param bytes of these events
     */
    public record Recent(int events, int bytes) {}

    /**
     * Queries of the history.
     *
     * @param poolSize connections for them
     * @param timeout how long a query may take
     * @param payloadIndex whether payloads are to have an index, null to leave it as it is
     */
    public record History(
            int poolSize,
            Duration timeout,
            Exports.Options exports,
            @Nullable Boolean payloadIndex) {}

    /** Reads all settings; ask the reader's {@code check} before using them. */
    public static Settings read(SettingsReader in) {
        DatabaseUrl databaseUrl = in.optional(
                "DATABASE_URL",
                "none: an embedded PostgreSQL is started",
                "the PostgreSQL database, postgresql://user:password@host:5432/database?sslmode=require",
                DatabaseUrl::parse);
        DatabaseUrl listenUrl = in.optional(
                "DATABASE_LISTEN_URL",
                "DATABASE_URL",
                "where to LISTEN, when DATABASE_URL leads to a transaction pooler",
                DatabaseUrl::parse);
        Path dataDir = Path.of(in.text("DATA_DIR", "data/postgres", "data directory of the embedded PostgreSQL"));
        int poolSize =
                in.integer("DATABASE_POOL_SIZE", 8, 2, 1_000, "connections for reading; two more append, one listens");
        Boolean migrate = in.optionalFlag(
                "MIGRATE_AT_START",
                "true",
                "false leaves the schema to the command migrate, for which a replica waits as for the database");
        Duration startTimeout = in.duration(
                "DATABASE_START_TIMEOUT", "30s", "0s", "1h", "how long to wait for the database at the start");
        String defaultHost = databaseUrl == null ? "127.0.0.1" : "0.0.0.0";
        String host = in.optional(
                "HOST", "127.0.0.1 with the embedded PostgreSQL, else 0.0.0.0", "the address to bind", text -> text);
        var web = new WebServer.Options(
                host == null ? defaultHost : host, in.integer("PORT", 8080, 0, 65_535, "the port to bind, 0 for any"));
        Integer managementPort = managementPort(in, web.port());
        var limits = new PublishLimits(
                in.size("MAX_EVENT_SIZE", "1MiB", "1KiB", "64MiB", "the largest event: a request body with one"),
                in.size("MAX_BATCH_SIZE", "4MiB", "1KiB", "64MiB", "the largest request body with a batch"),
                in.integer("MAX_PAYLOAD_DEPTH", 100, 1, 1_000, "how deep a payload may be nested"));
        Integer pending = in.optionalSize(
                "MAX_PENDING_SIZE",
                "an eighth of the heap, at most 256MiB",
                "1MiB",
                "1GiB",
                "publish bodies held at once, beyond it 503");
        var publish = new PublishEndpoint.Options(
                limits, pending == null ? Math.max(ofHeap(256 << 20), limits.maxBodyBytes()) : pending);
        var append = new Appender.Options(
                in.integer("PUBLISH_QUEUE", 50_000, 1, 1_000_000, "events that may wait to be stored, beyond it 503"),
                in.duration("PUBLISH_TIMEOUT", "5s", "100ms", "5m", "how long a publish waits for the database"));
        int recentEvents = in.integer("RECENT_EVENTS", 65_536, 1_024, 10_000_000, "recent events kept in memory");
        Integer recentSize = in.optionalSize(
                "RECENT_SIZE", "an eighth of the heap, at most 64MiB", "1MiB", "1GiB", "memory for the recent events");
        var recent = new Recent(recentEvents, recentSize == null ? ofHeap(64 << 20) : recentSize);
        var wakeUp = new WakeUp.Options(
                EventLog.CHANNEL,
                in.duration("HEARTBEAT", "5s", "100ms", "1h", "between checks of the LISTEN connection and the head"),
                in.duration("POLL_INTERVAL", "200ms", "10ms", "1h", "between polls while notifications do not arrive"));
        var subscribers = new SubscriberLimits(
                in.integer(
                        "MAX_CONNECTIONS",
                        100_000,
                        1,
                        10_000_000,
                        "WebSocket connections and event streams, beyond it 503"),
                in.integer("MAX_SUBSCRIPTIONS", 1_000, 1, 1_000_000, "subscriptions of one connection"),
                in.integer("SUBSCRIBER_QUEUE", 10_000, 1, 1_000_000, "events that may wait for one subscriber to read"),
                in.size("SUBSCRIBER_QUEUE_SIZE", "8MiB", "64KiB", "1GiB", "bytes that may wait for one subscriber"),
                in.duration(
                        "PING_INTERVAL",
                        "25s",
                        "50ms",
                        "10m",
                        "silence after which a client is pinged; dropped after twice as long"),
                in.duration(
                        "CHECKPOINT_INTERVAL",
                        "30s",
                        "50ms",
                        "1h",
                        "at most so often a WebSocket client is told its position while nothing matches"),
                in.duration(
                        "DRAIN_WINDOW",
                        "0s",
                        "0s",
                        "1h",
                        "when the service stops: its connections are ended one by one over this time"));
        Duration drainDelay = in.duration(
                "DRAIN_DELAY",
                "0s",
                "0s",
                "1h",
                "when the service stops: it is not ready, but serves everything, for so long");
        int maxReplays = in.integer(
                "MAX_REPLAYS", 4, 1, 1_000, "replays that read from the database at once, the others take turns");
        var history = new History(
                in.integer("HISTORY_POOL_SIZE", 4, 1, 1_000, "connections for queries of the history"),
                in.duration("HISTORY_TIMEOUT", "10s", "10ms", "1h", "how long a query of the history may take"),
                new Exports.Options(
                        in.integer("MAX_EXPORTS", 8, 1, 10_000, "histories that are streamed at once, beyond it 503"),
                        in.duration(
                                "EXPORT_STALL_TIMEOUT",
                                "1m",
                                "100ms",
                                "1d",
                                "how long the client of a streamed history may read nothing")),
                in.optionalFlag(
                        "PAYLOAD_INDEX",
                        "none: left as it is",
                        "true makes an index for queries by payload, false drops it"));
        var retention = new Retention.Options(
                in.optionalDuration(
                        "RETENTION", "none: kept for ever", "1m", "36500d", "the age at which events are removed"),
                in.optionalNumber(
                        "RETENTION_EVENTS",
                        "none: all are kept",
                        1,
                        1_000_000_000_000L,
                        "about how many of the newest events are kept; none younger than a minute is removed"),
                in.duration("RETENTION_INTERVAL", "30s", "10ms", "1d", "between removals of old events"));
        Level logLevel = in.choice("LOG_LEVEL", Level.INFO, "info", "the lowest level that is logged");
        LogFormat logFormat = in.choice(
                "LOG_FORMAT", LogFormat.ofStandardOutput(), "text on a terminal, else json", "how log lines look");
        return new Settings(
                databaseUrl,
                listenUrl,
                dataDir,
                poolSize,
                startTimeout,
                migrate == null || migrate,
                web,
                managementPort,
                publish,
                append,
                recent,
                wakeUp,
                subscribers,
                drainDelay,
                maxReplays,
                history,
                retention,
                openTelemetry(in),
                logLevel,
                logFormat);
    }

    /** An eighth of the heap, at most so many bytes. */
    private static int ofHeap(int max) {
        return (int) Math.min(max, Runtime.getRuntime().maxMemory() / 8);
    }

    private static Map<String, String> openTelemetry(SettingsReader in) {
        in.optional(
                Tracing.ENDPOINT,
                "none: no traces",
                "where traces are sent by OTLP over HTTP, such as http://collector:4318; other OTEL_ variables apply too",
                Settings::httpUrl);
        return in.startingWith("OTEL_");
    }

    private static String httpUrl(String text) {
        if (!text.matches("https?://[^/\\s]+(/\\S*)?")) {
            throw new IllegalArgumentException("'%s' is not a URL such as http://collector:4318".formatted(text));
        }
        return text;
    }

    private static @Nullable Integer managementPort(SettingsReader in, int port) {
        Long management = in.optionalNumber(
                "MANAGEMENT_PORT",
                "PORT",
                0,
                65_535,
                "where /metrics is served, and /health/* too, when not on PORT; 0 for any");
        return management == null || (management == port && port != 0) ? null : management.intValue();
    }
}
