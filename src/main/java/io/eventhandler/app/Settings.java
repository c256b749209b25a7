package io.eventhandler.app;

import io.eventhandler.access.AccessOptions;
import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.eventlog.append.Appender;
import io.eventhandler.eventlog.read.ReplayReader;
import io.eventhandler.eventlog.upkeep.PayloadIndex;
import io.eventhandler.eventlog.upkeep.Retention;
import io.eventhandler.history.HistoryEndpoint;
import io.eventhandler.limits.ClientLimits;
import io.eventhandler.logstore.LogStoreOptions;
import io.eventhandler.postgres.DatabaseOptions;
import io.eventhandler.publish.PublishEndpoint;
import io.eventhandler.publish.PublishLimits;
import io.eventhandler.service.LogOptions;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.subscribe.SubscriberLimits;
import io.eventhandler.tracing.Tracing;
import io.eventhandler.wakeup.WakeUp;
import io.eventhandler.web.Origins;
import io.eventhandler.web.WebServer;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of the service, one record per part, which reads itself. Immutable.
 *
 * @param management where metrics are served, null for {@code web}
 * @param drainDelay how long everything is still served after the service was told to stop
 * @param logs how those of services are kept
 * @param payloadIndex whether payloads are to have an index, null to leave it as it is
 * @param openTelemetry the variables of OpenTelemetry, see {@link Tracing}
 */
public record Settings(
        DatabaseOptions database,
        WebServer.Options web,
        AccessOptions access,
        Origins origins,
        WebServer.@Nullable Options management,
        PublishEndpoint.Options publish,
        Appender.Options append,
        RecentEvents.Options recent,
        WakeUp.Options wakeUp,
        SubscriberLimits subscribers,
        ClientLimits clients,
        Duration drainDelay,
        ReplayReader.Options replays,
        HistoryEndpoint.Options history,
        @Nullable Boolean payloadIndex,
        Retention.Options retention,
        LogStoreOptions logs,
        Map<String, String> openTelemetry,
        LogOptions log) {

    /** Reads all settings; ask the reader's {@code check} before using them. */
    public static Settings read(SettingsReader in) {
        var database = DatabaseOptions.read(in);
        var web = WebServer.Options.read(in, database.url() == null ? "127.0.0.1" : "0.0.0.0");
        var management = WebServer.Options.readManagement(in, web);
        var publish = PublishEndpoint.Options.read(in);
        var settings = new Settings(
                database,
                web,
                AccessOptions.read(in).orNone(database.url() == null && web.isLoopback()),
                Origins.read(in),
                management,
                publish,
                Appender.Options.read(in),
                RecentEvents.Options.read(in),
                WakeUp.Options.read(in, EventLog.CHANNEL),
                SubscriberLimits.read(in, publish.limits().maxEventBytes()),
                ClientLimits.read(in),
                in.duration(
                        "DRAIN_DELAY",
                        "0s",
                        "0s",
                        "1h",
                        "when the service stops: it is not ready, but serves everything, for so long"),
                ReplayReader.Options.read(in, database.poolSize()),
                HistoryEndpoint.Options.read(in),
                PayloadIndex.read(in),
                Retention.Options.read(in),
                LogStoreOptions.read(in),
                Tracing.read(in),
                LogOptions.read(in));
        settings.checkAcross(in);
        return settings;
    }

    /** Without what OpenTelemetry's variables say, which may be secrets. */
    @Override
    public String toString() {
        return "Settings[database=%s, web=%s, access=%s, openTelemetry=%s]"
                .formatted(database, web, access, openTelemetry.keySet());
    }

    /** What must be said before clients are served; ask the reader's {@code check} afterwards. */
    public void checkServing(SettingsReader in) {
        access.checkServing(in);
        if (origins.isAny() && !access.isRequired()) {
            in.contradiction(
                    "ALLOWED_ORIGINS",
                    "* lets every page that anybody looks at use the service, so it needs AUTH=required");
        }
        web.checkServing(in);
    }

    /** What parts that don't know each other must agree on. */
    private void checkAcross(SettingsReader in) {
        if (replays.maxReplays() > database.poolSize()) {
            in.contradiction(
                    "MAX_REPLAYS",
                    "%d replays need as many connections, DATABASE_POOL_SIZE is %d"
                            .formatted(replays.maxReplays(), database.poolSize()));
        }
        int event = publish.limits().maxEventBytes();
        if (subscribers.maxQueuedBytes() < event && event > PublishLimits.DEFAULT_EVENT_BYTES) {
            in.contradiction(
                    "SUBSCRIBER_QUEUE_SIZE",
                    "%d bytes hold no event of MAX_EVENT_SIZE, %d".formatted(subscribers.maxQueuedBytes(), event));
        }
    }
}
