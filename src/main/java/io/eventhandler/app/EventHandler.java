package io.eventhandler.app;

import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.append.AppendResult;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.EmbeddedPostgres;
import io.eventhandler.service.BaseMicroservice;
import io.eventhandler.service.Health;
import io.eventhandler.service.Outlet;
import io.eventhandler.service.SettingsReader;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The service: starts one {@link Replica}, and stops it without losing anything. */
public final class EventHandler extends BaseMicroservice {

    private static final String NAME = "eventhandler";
    private static final Duration STOP_MARGIN = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(1);

    private final Settings settings;
    private final String id = UUID.randomUUID().toString().substring(0, 8);
    private volatile @Nullable Replica replica;
    private volatile boolean draining;

    public EventHandler(Settings settings) {
        super(NAME);
        this.settings = settings;
    }

    @Override
    protected void onStart() throws SQLException, InterruptedException {
        DatabaseUrl given = settings.database().url();
        DatabaseUrl url = given == null ? startEmbedded() : given;
        prepare(url);
        var started = new Replica(settings, url, this::applicationName, this::liveness, this::health, lifecycle());
        replica = started;
        announce("eventhandler.started");
        log.info(
                "ready on {}://{}:{}",
                settings.web().scheme(),
                settings.web().host(),
                started.web().port());
    }

    /** Of connections of this kind, as PostgreSQL shows it. */
    private String applicationName(String kind) {
        return NAME + "-" + kind + "-" + id;
    }

    private DatabaseUrl startEmbedded() {
        EmbeddedPostgres postgres =
                start(new EmbeddedPostgres(settings.database().dataDir()));
        log.info(
                "no DATABASE_URL: running an embedded PostgreSQL with its data in {} (password in {}). To use a database of your own, set DATABASE_URL=postgresql://user:password@host:5432/database",
                postgres.data(),
                postgres.passwordFile());
        log.info("the embedded PostgreSQL is at {}", postgres.url());
        return postgres.url();
    }

    private void prepare(DatabaseUrl url) throws SQLException, InterruptedException {
        var start = new DatabaseStart(
                url,
                settings.database().listenUrl(),
                applicationName("start"),
                settings.database().startTimeout());
        if (settings.database().migrateAtStart()) {
            start.migrate();
        } else {
            start.awaitMigrated();
        }
    }

    private void announce(String eventName) {
        try {
            emit(eventName, Map.of("replica", id));
        } catch (IllegalStateException e) {
            log.warn("{} was not published: {}", eventName, e.getMessage());
        }
    }

    /**
     * Leaves without losing anything: not ready at once, but serving until load balancers have noticed; then refuses what
     * comes and answers what is under way. What still runs is stopped after that: the queue is empty, connections end.
     */
    @Override
    protected void onStop() {
        Replica parts = replica;
        if (parts == null) {
            return;
        }
        draining = true;
        log.info(
                settings.drainDelay().isZero()
                        ? "stopping: not ready from now on, answering what is under way"
                        : "stopping: not ready from now on, serving everything for another {}",
                SettingsReader.text(settings.drainDelay()));
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

    /** Its own log, like anybody else's event. */
    @Override
    protected Outlet openOutlet() {
        return this::append;
    }

    private void append(NewEvent event) {
        Replica parts = replica;
        if (parts == null) {
            throw new IllegalStateException("the service is not running");
        }
        try {
            String failure = switch (parts.appender().append(event)) {
                case AppendResult.Stored stored -> "";
                case AppendResult.Replayed replayed -> "";
                case AppendResult.KeyReused reused ->
                    "refused: the idempotency key '%s' was used with another body".formatted(reused.key());
                case AppendResult.Refused refused -> "refused: " + refused.reason();
                case AppendResult.NotStored notStored -> "not stored: " + notStored.reason();
                case AppendResult.Unknown unknown -> "outcome unknown: " + unknown.reason();
            };
            if (!failure.isEmpty()) {
                throw new IllegalStateException(failure);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("outcome unknown: interrupted", e);
        }
    }

    /** Whether it is ready. */
    @Override
    public Health health() {
        Replica parts = replica;
        if (parts == null || draining) {
            return new Health(Map.of("service", draining ? "is stopping" : "is starting"));
        }
        return parts.readiness();
    }

    private Health liveness() {
        Replica parts = replica;
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
    @Override
    public int managementPort() {
        return parts().management().port();
    }

    private Replica parts() {
        Replica parts = replica;
        if (parts == null) {
            throw new IllegalStateException("the service is not running");
        }
        return parts;
    }
}
