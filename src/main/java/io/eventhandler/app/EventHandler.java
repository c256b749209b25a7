package io.eventhandler.app;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.docs.DocsEndpoint;
import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.eventlog.append.AppendResult;
import io.eventhandler.eventlog.append.Appender;
import io.eventhandler.eventlog.notify.NotificationReader;
import io.eventhandler.eventlog.read.History;
import io.eventhandler.eventlog.read.ReplayReader;
import io.eventhandler.eventlog.upkeep.Maintenance;
import io.eventhandler.eventlog.upkeep.PayloadIndex;
import io.eventhandler.eventlog.upkeep.Retention;
import io.eventhandler.fanout.Hub;
import io.eventhandler.history.HistoryEndpoint;
import io.eventhandler.operations.HealthEndpoint;
import io.eventhandler.operations.Metrics;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.EmbeddedPostgres;
import io.eventhandler.postgres.Schema;
import io.eventhandler.publish.PublishEndpoint;
import io.eventhandler.service.BaseMicroservice;
import io.eventhandler.service.EmitException;
import io.eventhandler.service.Health;
import io.eventhandler.subscribe.Connections;
import io.eventhandler.subscribe.EventStreamEndpoint;
import io.eventhandler.subscribe.WebSocketEndpoint;
import io.eventhandler.tail.EventTail;
import io.eventhandler.tail.TailMetrics;
import io.eventhandler.tracing.Tracing;
import io.eventhandler.wakeup.WakeUp;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.SelectorExecutor;
import io.eventhandler.web.WebServer;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** One replica of the service: publish → log → wake-up → tail → hub → subscribers. */
public final class EventHandler extends BaseMicroservice {

    private static final String NAME = "eventhandler";
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration STOP_MARGIN = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(1);
    private static final int APPEND_CONNECTIONS = 2; // one appends, one looks up what a broken one left behind

    private static final int UPKEEP_CONNECTIONS = 2; // one holds the lock, one works
    private static final Duration RETENTION_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration INDEX_TIMEOUT = Duration.ofHours(12); // for the index of one partition
    private static final Duration INDEX_RETRY_PAUSE = Duration.ofSeconds(1);

    private final Settings settings;
    private final String replica = UUID.randomUUID().toString().substring(0, 8);
    private final Metrics metrics = new Metrics();
    private volatile @Nullable Running running;
    private volatile boolean draining;

    /** The parts that requests of the service itself go to. */
    private record Running(
            HealthChecks health, Appender appender, PublishEndpoint publish, WebServer web, WebServer management) {}

    public EventHandler(Settings settings) {
        super(NAME);
        this.settings = settings;
    }

    @Override
    protected void onStart() throws SQLException, InterruptedException {
        DatabaseUrl url = settings.databaseUrl() == null ? startEmbedded() : settings.databaseUrl();
        DatabaseUrl listenUrl = settings.listenUrl() == null ? url : settings.listenUrl();
        MeterRegistry registry = start(metrics).registry();

        Tracing tracing = start(Tracing.of(settings.openTelemetry()));

        prepare(url);
        Database reads = start(database(url, "read", settings.poolSize(), STATEMENT_TIMEOUT));
        Database appends = start(database(url, "append", APPEND_CONNECTIONS, STATEMENT_TIMEOUT));

        var selector = new SelectorExecutor();
        Executor virtualThreads = Executors.newVirtualThreadPerTaskExecutor();
        var eventLog = new EventLog(reads);
        start(new Maintenance(eventLog, settings.retention().maxAge(), registry));
        startUpkeep(url);
        var recent =
                new RecentEvents(settings.recent().events(), settings.recent().bytes());
        var appender = new Appender(
                new EventLog(appends), recent, applicationName("append"), selector, settings.append(), registry);
        var hub = new Hub(tracing);
        var notifications = NotificationReader.of(eventLog);
        EventTail tail = start(new EventTail(eventLog, notifications, recent, hub, appender::backendPid));
        WakeUp wakeUp = start(
                new WakeUp(listenUrl, applicationName("listen"), settings.wakeUp(), eventLog::head, tail, registry));
        new TailMetrics(tail).bindTo(registry);

        var activity = new ActivityLog();
        var replays = new ReplayReader(new History(reads), recent, settings.maxReplays(), registry);
        var connections = new Connections(settings.subscribers(), registry);
        var webSockets = new WebSocketEndpoint(hub, replays, activity, connections);
        var streams = new EventStreamEndpoint(hub, replays, activity, connections, virtualThreads);
        var publish = new PublishEndpoint(appender, activity, virtualThreads, settings.publish(), registry, tracing);
        Database queries = start(database(
                url,
                "history",
                settings.history().poolSize(),
                settings.history().timeout()));
        var history =
                new HistoryEndpoint(new History(queries), settings.history().exports(), registry);
        var health = new HealthEndpoint(this::liveness, this::health);
        List<Endpoint> endpoints = new ArrayList<>(List.of(history, health, webSockets, new DocsEndpoint()));
        @Nullable WebServer management = null;
        if (settings.managementPort() == null) {
            endpoints.add(metrics);
        } else {
            var options = new WebServer.Options(settings.web().host(), settings.managementPort());
            management = start(new WebServer(
                    options, activity, new SelectorExecutor(), virtualThreads, List.of(), List.of(health, metrics)));
        }
        WebServer web = start(new WebServer(
                settings.web(),
                activity,
                selector,
                virtualThreads,
                List.of(webSockets.upgradeHandler(), publish, streams),
                endpoints));
        start(connections);
        start(appender);

        running = new Running(
                new HealthChecks(new Schema(reads), eventLog, appender, wakeUp, tail),
                appender,
                publish,
                web,
                management == null ? web : management);
        announce("eventhandler.started");
        log.info("ready on http://{}:{}", settings.web().host(), web.port());
    }

    private Database database(DatabaseUrl url, String name, int size, Duration timeout) {
        var database = new Database(url, applicationName(name), size, CONNECT_TIMEOUT, timeout);
        database.measure(metrics.registry(), name);
        return database;
    }

    /** Of connections of this kind, as PostgreSQL shows it. */
    private String applicationName(String kind) {
        return NAME + "-" + kind + "-" + replica;
    }

    private DatabaseUrl startEmbedded() {
        EmbeddedPostgres postgres = start(new EmbeddedPostgres(settings.dataDir()));
        log.info(
                "no DATABASE_URL: running an embedded PostgreSQL with its data in {} (password in {}). To use a database of your own, set DATABASE_URL=postgresql://user:password@host:5432/database",
                postgres.data(),
                postgres.passwordFile());
        log.info("the embedded PostgreSQL is at {}", postgres.url());
        return postgres.url();
    }

    private void prepare(DatabaseUrl url) throws SQLException, InterruptedException {
        var database = new DatabaseStart(url, applicationName("start"), settings.databaseStartTimeout());
        if (settings.migrateAtStart()) {
            database.migrate();
        } else {
            database.awaitMigrated();
        }
    }

    /** What is done to the log in the background, if it is wanted. */
    private void startUpkeep(DatabaseUrl url) {
        if (settings.retention().isOn()) {
            Database removals = start(database(url, "retention", UPKEEP_CONNECTIONS, RETENTION_TIMEOUT));
            start(new Retention(removals, settings.retention()));
        }
        @Nullable Boolean payloadIndex = settings.history().payloadIndex();
        if (payloadIndex != null) {
            Database indexing = database(url, "index", UPKEEP_CONNECTIONS, INDEX_TIMEOUT);
            start(new PayloadIndex(indexing, payloadIndex, INDEX_RETRY_PAUSE));
        }
    }

    private void announce(String eventName) {
        try {
            emit(eventName, Map.of("replica", replica));
        } catch (EmitException e) {
            log.warn("{} was not published: {}", eventName, e.getMessage());
        }
    }

    /**
     * Leaves without losing anything: not ready at once, but serving until load balancers have noticed; then refuses what
     * comes and answers what is under way. What still runs is stopped after that: the queue is empty, connections end.
     */
    @Override
    protected void onStop() {
        Running parts = running;
        if (parts == null) {
            return;
        }
        draining = true;
        log.info("stopping: not ready from now on, serving for another {}", settings.drainDelay());
        parts.publish().leave();
        try {
            Thread.sleep(settings.drainDelay());
            announce("eventhandler.stopped");
            parts.publish().refuse(settings.append().timeout().plus(ANSWER_TIMEOUT));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** So that what is under way can be answered and every connection be told. */
    @Override
    protected Duration stopTimeout() {
        return settings.drainDelay()
                .plus(settings.subscribers().drainWindow())
                .plus(settings.append().timeout())
                .plus(STOP_MARGIN);
    }

    /** Through its own log, like anybody else's event. */
    @Override
    protected long emit(NewEvent event) throws EmitException {
        Running parts = running;
        if (parts == null) {
            throw new EmitException("the service is not running");
        }
        try {
            return switch (parts.appender().append(event)) {
                case AppendResult.Stored stored -> stored.firstId();
                case AppendResult.Replayed replayed -> replayed.ids().getFirst();
                case AppendResult.KeyReused reused ->
                    throw new EmitException(
                            "refused: the idempotency key '%s' was used with another body".formatted(reused.key()));
                case AppendResult.Refused refused -> throw new EmitException("refused: " + refused.reason());
                case AppendResult.NotStored notStored -> throw new EmitException("not stored: " + notStored.reason());
                case AppendResult.Unknown unknown -> throw new EmitException("outcome unknown: " + unknown.reason());
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmitException("interrupted", e);
        }
    }

    /** Whether it is ready. */
    @Override
    public Health health() {
        Running parts = running;
        return parts == null
                ? new Health(Map.of("service", "is starting"))
                : parts.health().ready(draining ? "is stopping" : Health.OK);
    }

    private Health liveness() {
        Running parts = running;
        return parts == null || draining ? new Health(Map.of()) : parts.health().live();
    }

    /** The port that it listens on, once started. */
    public int port() {
        return parts().web().port();
    }

    /** The routes that it answers, once started. */
    public Set<String> routes() {
        return parts().web().routes();
    }

    /** The port where it serves metrics, once started. */
    public int managementPort() {
        return parts().management().port();
    }

    private Running parts() {
        Running parts = running;
        if (parts == null) {
            throw new IllegalStateException("the service is not running");
        }
        return parts;
    }
}
