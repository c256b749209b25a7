package io.eventhandler.app;

import io.eventhandler.access.Access;
import io.eventhandler.access.ApiKeys;
import io.eventhandler.access.JwtOptions;
import io.eventhandler.access.JwtVerifier;
import io.eventhandler.access.Revocations;
import io.eventhandler.access.Tickets;
import io.eventhandler.activity.ActivityLog;
import io.eventhandler.docs.DocsEndpoint;
import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.eventlog.append.Appender;
import io.eventhandler.eventlog.epoch.LogEpoch;
import io.eventhandler.eventlog.notify.NotificationReader;
import io.eventhandler.eventlog.read.HistoryReader;
import io.eventhandler.eventlog.read.ReplayReader;
import io.eventhandler.eventlog.upkeep.Maintenance;
import io.eventhandler.eventlog.upkeep.PayloadIndex;
import io.eventhandler.eventlog.upkeep.Retention;
import io.eventhandler.fanout.Hub;
import io.eventhandler.feed.ReplayPages;
import io.eventhandler.history.HistoryEndpoint;
import io.eventhandler.keys.KeysEndpoint;
import io.eventhandler.keys.TicketsEndpoint;
import io.eventhandler.lifecycle.Lifecycle;
import io.eventhandler.limits.Limited;
import io.eventhandler.limits.RateLimit;
import io.eventhandler.logs.LogsEndpoint;
import io.eventhandler.logstore.LogReader;
import io.eventhandler.logstore.LogStoreMetrics;
import io.eventhandler.logstore.LogStoreOptions;
import io.eventhandler.logstore.LogUpkeep;
import io.eventhandler.logstore.LogWriter;
import io.eventhandler.operations.HealthEndpoint;
import io.eventhandler.operations.Metrics;
import io.eventhandler.operations.RecentHealth;
import io.eventhandler.operations.SocketMetrics;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.Schema;
import io.eventhandler.publish.PublishEndpoint;
import io.eventhandler.service.Health;
import io.eventhandler.subscribe.EventStreamEndpoint;
import io.eventhandler.subscribe.OpenConnections;
import io.eventhandler.subscribe.WebSocketEndpoint;
import io.eventhandler.tail.EventTail;
import io.eventhandler.tail.TailMetrics;
import io.eventhandler.tracing.Tracing;
import io.eventhandler.wakeup.WakeUp;
import io.eventhandler.web.Authenticator;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.SelectorExecutor;
import io.eventhandler.web.WebServer;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Every part of a replica, made once and started in the order in which an event meets them: publish → log → wake-up →
 * tail → hub → subscribers. The {@link Lifecycle} that they were started in stops them.
 */
final class Replica {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(10);
    private static final int TAIL_CONNECTIONS = 2; // one reads the head, one what is behind it
    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(2); // shorter than probes wait
    private static final int APPEND_CONNECTIONS = 2; // one appends, one looks up what a broken one left behind
    private static final int ACCESS_CONNECTIONS = 2;
    private static final int LISTEN_CONNECTIONS = 1;
    private static final int LOG_CONNECTIONS = 1;
    private static final int UPKEEP_CONNECTIONS = 2; // one holds the lock, one works
    private static final Duration RETENTION_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration INDEX_TIMEOUT = Duration.ofHours(12); // for the index of one partition
    private static final Duration INDEX_RETRY_PAUSE = Duration.ofSeconds(1);

    private final Lifecycle lifecycle;
    private final DatabaseUrl url;
    private final Function<String, String> applicationName;
    private final MeterRegistry registry;

    private final HealthChecks health;
    private final RecentHealth recentHealth;
    private final Appender appender;
    private final PublishEndpoint publish;
    private final WebServer web;
    private final WebServer management;

    /**
     * Makes and starts every part.
     *
     * @param url of a database whose schema is up to date
     * @param applicationName of a kind of connections, as PostgreSQL shows it; unique in the database
     * @param liveness what {@code /health/live} says
     * @param readiness what {@code /health/ready} says
     */
    Replica(
            Settings settings,
            DatabaseUrl url,
            Function<String, String> applicationName,
            Supplier<Health> liveness,
            Supplier<Health> readiness,
            Lifecycle lifecycle) {
        this.lifecycle = lifecycle;
        this.url = url;
        this.applicationName = applicationName;
        Metrics metrics = lifecycle.start(new Metrics());
        registry = metrics.registry();
        Tracing tracing = lifecycle.start(Tracing.of(settings.openTelemetry()));
        var activity = new ActivityLog();
        var selector = new SelectorExecutor();
        Executor virtualThreads = Executors.newVirtualThreadPerTaskExecutor();

        Database follows = start("tail", TAIL_CONNECTIONS, STATEMENT_TIMEOUT);
        Database reads = start("read", settings.database().poolSize(), STATEMENT_TIMEOUT);
        Database appends = start("append", APPEND_CONNECTIONS, STATEMENT_TIMEOUT);
        var eventLog = new EventLog(reads);
        startUpkeep(settings, eventLog);
        var recent =
                new RecentEvents(settings.recent().events(), settings.recent().bytes());
        var epoch = new LogEpoch();
        appender = new Appender(
                new EventLog(appends), recent, applicationName.apply("append"), selector, settings.append(), registry);
        publish = new PublishEndpoint(
                appender, epoch, activity, virtualThreads, settings.publish(), settings.clients(), registry, tracing);

        var hub = new Hub(tracing);
        var notifications = NotificationReader.of(eventLog);
        Database credentials = start("access", ACCESS_CONNECTIONS, STATEMENT_TIMEOUT);
        var keys = new ApiKeys(credentials);
        @Nullable JwtOptions ofJwt = settings.access().jwt();
        @Nullable JwtVerifier jwt = ofJwt == null ? null : lifecycle.start(new JwtVerifier(ofJwt));
        var tickets = new Tickets(credentials, keys, settings.access().maxTickets(), new Limited(registry, "tickets"));
        var refusals = new RateLimit(
                new Limited(registry, "refusals"),
                "MAX_REFUSALS",
                "credentials that are none",
                settings.clients().refusals());
        var access = new Access(settings.access(), keys, tickets, jwt, refusals);
        Authenticator authenticator = settings.access().isRequired() ? access : Access.OPEN;
        var connections =
                new OpenConnections(settings.subscribers(), epoch, access::verify, settings.clients(), registry);
        var revocations = new Revocations(access, keys, connections::keysInUse, connections::revoked);
        var replays = new ReplayReader(new HistoryReader(reads, hub::position), recent, settings.replays(), registry);
        var pages = new ReplayPages(replays, connections.memory());
        EventTail tail = lifecycle.start(
                new EventTail(new EventLog(follows), epoch, notifications, recent, hub, appender::backendPid, reset -> {
                    pages.forget(); // first: who comes back must not find what was there before
                    connections.reset(reset);
                }));
        new TailMetrics(tail).bindTo(registry);
        @Nullable DatabaseUrl listenUrl = settings.database().listenUrl();
        WakeUp wakeUp = lifecycle.start(new WakeUp(
                listenUrl == null ? url : listenUrl,
                applicationName.apply("listen"),
                settings.wakeUp(),
                tail::readHead,
                new WakeUpListener(tail, revocations),
                registry));
        var checks = new HealthChecks(new Schema(reads), eventLog, appender, wakeUp, tail);
        health = checks;
        recentHealth = new RecentHealth(() -> checks.ready(Health.OK), virtualThreads, CHECK_INTERVAL, CHECK_TIMEOUT);

        var webSockets = new WebSocketEndpoint(hub, pages, activity, connections);
        var streams = new EventStreamEndpoint(hub, pages, activity, connections, virtualThreads);
        Database queries = start(
                "history", settings.history().poolSize(), settings.history().timeout());
        var history = new HistoryEndpoint(
                new HistoryReader(queries, tail::position), epoch, settings.history(), settings.clients(), registry);

        var healthEndpoint = new HealthEndpoint(liveness, readiness);
        List<Endpoint> endpoints = new ArrayList<>(List.of(
                publish,
                webSockets,
                streams,
                history,
                new KeysEndpoint(keys, activity),
                new TicketsEndpoint(tickets, activity),
                healthEndpoint,
                startLogs(settings, activity, virtualThreads),
                new DocsEndpoint()));
        WebServer.@Nullable Options ofManagement = settings.management();
        @Nullable WebServer apart = null;
        if (ofManagement == null) {
            endpoints.add(metrics);
        } else {
            apart = lifecycle.start(new WebServer(
                    ofManagement,
                    activity,
                    Access.OPEN,
                    settings.origins(),
                    new SelectorExecutor(),
                    virtualThreads,
                    List.of(healthEndpoint, metrics)));
        }
        web = lifecycle.start(new WebServer(
                settings.web(), activity, authenticator, settings.origins(), selector, virtualThreads, endpoints));
        new SocketMetrics(web).bindTo(registry);
        management = apart == null ? web : apart;
        lifecycle.start(connections);
        lifecycle.start(revocations);
        lifecycle.start(appender);
    }

    private Database start(String name, int size, Duration timeout) {
        return lifecycle.start(database(name, size, timeout));
    }

    private Database database(String name, int size, Duration timeout) {
        var database = new Database(url, applicationName.apply(name), size, CONNECT_TIMEOUT, timeout);
        database.measure(registry, name);
        return database;
    }

    /** What other services log, apart from the events: nothing of it takes from publishers. */
    private Endpoint startLogs(Settings settings, ActivityLog activity, Executor parsing) {
        LogStoreOptions options = settings.logs();
        var writer =
                lifecycle.start(new LogWriter(start("logs", LOG_CONNECTIONS, STATEMENT_TIMEOUT), options.queueBytes()));
        Database queries = start("log-queries", options.poolSize(), options.timeout());
        var upkeep = lifecycle.start(new LogUpkeep(queries, options));
        new LogStoreMetrics(writer, upkeep).bindTo(registry);
        return new LogsEndpoint(
                writer,
                new LogReader(queries, options.timeout()),
                activity,
                parsing,
                settings.publish().pace(),
                options.queueBytes(),
                settings.clients(),
                registry);
    }

    /** What is done to the log in the background, as far as it is wanted. */
    private void startUpkeep(Settings settings, EventLog eventLog) {
        lifecycle.start(new Maintenance(eventLog, settings.retention().maxAge(), registry));
        if (settings.retention().isOn()) {
            Database removals = start("retention", UPKEEP_CONNECTIONS, RETENTION_TIMEOUT);
            lifecycle.start(new Retention(removals, settings.retention()));
        }
        @Nullable Boolean payloadIndex = settings.payloadIndex();
        if (payloadIndex != null) {
            Database indexing = database("index", UPKEEP_CONNECTIONS, INDEX_TIMEOUT);
            lifecycle.start(new PayloadIndex(indexing, payloadIndex, INDEX_RETRY_PAUSE));
        }
    }

    /** How many connections to the database a replica opens at most. */
    static int connections(Settings settings) {
        return TAIL_CONNECTIONS
                + settings.database().poolSize()
                + APPEND_CONNECTIONS
                + ACCESS_CONNECTIONS
                + settings.history().poolSize()
                + LOG_CONNECTIONS
                + settings.logs().poolSize()
                + LISTEN_CONNECTIONS
                + (settings.retention().isOn() ? UPKEEP_CONNECTIONS : 0)
                + (settings.payloadIndex() != null ? UPKEEP_CONNECTIONS : 0);
    }

    HealthChecks health() {
        return health;
    }

    /** Whether it is ready, as of a moment ago. */
    Health readiness() {
        return recentHealth.get();
    }

    Appender appender() {
        return appender;
    }

    PublishEndpoint publish() {
        return publish;
    }

    /** What serves clients. */
    WebServer web() {
        return web;
    }

    /** What serves metrics, perhaps the same. */
    WebServer management() {
        return management;
    }
}
