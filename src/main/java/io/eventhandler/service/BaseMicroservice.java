package io.eventhandler.service;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.EventConsumer;
import io.eventhandler.client.RefusedEvent;
import io.eventhandler.client.SubscribeOptions;
import io.eventhandler.event.NewEvent;
import io.eventhandler.lifecycle.Lifecycle;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.logging.LogFormat;
import io.eventhandler.logging.Logging;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A microservice of the system: it has a name, reads its settings, logs in one shape, emits and handles events, starts its parts in
 * order and stops them in reverse.
 *
 * <pre>{@code
 * final class Orders extends BaseMicroservice {
 *     Orders() {
 *         super("orders");
 *     }
 *
 *     @Override
 *     protected void onStart() {
 *         start(new OrderServer(order -> emit("order.placed", order)));
 *         on("invoice.created", invoice -> log.info("order {} was billed", invoice.id()));
 *     }
 *
 *     public static void main(String[] arguments) {
 *         new Orders().runAndExit();
 *     }
 * }
 * }</pre>
 *
 * <p>It finds the Event Handler by {@code EVENT_HANDLER_URL} and {@code EVENT_HANDLER_TOKEN}, and needs it neither to start nor
 * to {@link #emit}: events wait in a {@link io.eventhandler.client.Spool} until they are sent.
 *
 * <p>A service lives once, see {@link ServiceState}. Everything here is safe for concurrent use, but for {@link #start(Part)},
 * which is for {@link #onStart}.
 */
public abstract class BaseMicroservice implements Part {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int COULD_NOT_START = 1;
    private static final int WRONG_SETTINGS = 2;

    /** Logs in the name of the concrete service. */
    protected final Logger log = LoggerFactory.getLogger(getClass());

    private final String name;
    private final @Nullable Environment environment; // null for the process's
    private final Lifecycle lifecycle = new Lifecycle();
    private final StartStop life;
    private @Nullable ServiceOptions options;
    private volatile @Nullable Outlet outlet;
    private volatile @Nullable EventLink link;
    private volatile @Nullable ManagementServer management;

    /**
     * Of a service whose settings are environment variables and a {@code .env} file.
     *
     * @param name the service's name; the source of the events that it emits
     */
    protected BaseMicroservice(String name) {
        this(name, null);
    }

    /**
     * @param name the service's name; the source of the events that it emits
     * @param environment its settings, null for environment variables and a {@code .env} file
     */
    protected BaseMicroservice(String name, @Nullable Environment environment) {
        this.name = name;
        this.environment = environment;
        this.life = new StartStop(name);
    }

    /** Reads the service's own settings; wrong ones are reported with all others. Called before {@link #onStart}. */
    protected void configure(SettingsReader settings) {}

    /** Starts the service's parts, each through {@link #start(Part)}. Whatever started is stopped if this throws. */
    protected abstract void onStart() throws Exception;

    /** Called first when the service stops, while every part still runs. */
    protected void onStop() {}

    /** An event was emitted that the Event Handler will never store, which is logged already. Called at least once for each. */
    protected void onRefused(RefusedEvent event) {}

    /**
     * Opens where events go: a spool that sends them to the Event Handler. The Event Handler itself has its own log instead.
     *
     * @throws InvalidSettingsException when the settings are wrong
     */
    protected Outlet openOutlet() throws InvalidSettingsException {
        ServiceOptions options = options();
        EventLink opened = start(new EventLink(name, options, this::onRefused));
        link = opened;
        Integer port = options.managementPort();
        if (port != null) {
            management = start(new ManagementServer(port, () -> new Health(Map.of()), this::health, this::metrics));
        }
        return opened;
    }

    private synchronized ServiceOptions options() throws InvalidSettingsException {
        ServiceOptions read = options;
        if (read == null) {
            var reader = new SettingsReader(environment == null ? Environment.load() : environment);
            read = ServiceOptions.read(reader);
            configure(reader);
            reader.check();
            options = read;
        }
        return read;
    }

    /** Whether the service can do its work; an ordinary one adds what it needs. Asked often: it answers at once. */
    public Health health() {
        Map<String, String> checks = new TreeMap<>();
        ServiceState state = state();
        checks.put("state", state == ServiceState.RUNNING ? Health.OK : "is " + state);
        EventLink opened = link;
        if (opened != null) {
            checks.putAll(opened.checks());
        }
        return new Health(checks);
    }

    private String metrics() {
        var text = new MetricsText();
        EventLink opened = link;
        if (opened != null) {
            opened.measure(text);
        }
        return text.toString();
    }

    /** The service's name. */
    public final String name() {
        return name;
    }

    /** Where it is in its life. */
    public final ServiceState state() {
        return life.state();
    }

    /** What starts and stops the service's parts. */
    protected final Lifecycle lifecycle() {
        return lifecycle;
    }

    /** Starts a part now and stops it with the service. */
    protected final <T extends Part> T start(T part) {
        return lifecycle.start(part);
    }

    /**
     * The client that events go out through: for whoever needs an event's id, or to know that it is stored.
     *
     * @throws IllegalStateException unless it is running
     */
    protected final EventClient client() {
        return link().client();
    }

    private IllegalStateException notRunning() {
        return new IllegalStateException("%s is %s".formatted(name, state()));
    }

    /** The port of health and metrics, once started with {@code MANAGEMENT_PORT}. */
    public int managementPort() {
        ManagementServer server = management;
        if (server == null) {
            throw new IllegalStateException("MANAGEMENT_PORT is not set, or %s is not started".formatted(name));
        }
        return server.port();
    }

    /**
     * Hands the events that this pattern selects to the handler, one after the other in their order: those of before the first
     * start not, and after a restart on from where it was, as {@code SPOOL} remembers it. A handler that throws is called with the
     * same event until it doesn't. Handlers begin when {@link #onStart} has returned, and end before what {@link #onStart} started does.
     *
     * @param pattern a name, or with {@code *} for one token and a last {@code >} for one or more
     * @throws IllegalArgumentException when it is none, or has a handler already
     * @throws IllegalStateException unless the service is starting or running
     */
    protected final void on(String pattern, EventConsumer handler) {
        link().handlers().add(pattern, handler);
    }

    /**
     * Does the same with a cursor of your own, another beginning, or another way with failures.
     *
     * @param name for messages and {@link #health}, that no other handler has
     */
    protected final void on(String name, SubscribeOptions options, EventConsumer handler) {
        link().handlers().add(name, options, handler);
    }

    private EventLink link() {
        EventLink opened = link;
        if (opened == null) {
            throw notRunning();
        }
        return opened;
    }

    /**
     * Emits an event in the service's name. It is accepted when this returns, and then stored once, after those that were
     * accepted before it, as soon as the Event Handler is there.
     *
     * @param payload anything that Jackson writes as JSON
     * @throws io.eventhandler.client.SpoolFullException when too many events wait
     * @throws IllegalArgumentException when it can be no event
     * @throws java.io.UncheckedIOException when the directory of the spool can't be written
     * @throws IllegalStateException unless the service is starting, running or stopping
     */
    public final void emit(String eventName, Object payload) {
        try {
            emit(new NewEvent(eventName, name, JSON.writeValueAsBytes(payload), null, null));
        } catch (JacksonException e) {
            throw new IllegalArgumentException("the payload of " + eventName + " can't be written as JSON", e);
        }
    }

    /** Emits an event as {@link #emit(String, Object)}, with all that it has, such as an idempotency key. */
    public final void emit(NewEvent event) {
        Outlet opened = outlet;
        if (opened == null) {
            throw notRunning();
        }
        opened.emit(event);
    }

    /**
     * Starts the service, or throws with nothing left running. Told to stop meanwhile it is interrupted.
     *
     * @throws IllegalStateException when it was started before or told to stop, or what could not be started says why
     */
    @Override
    public final void start() {
        try {
            life.start(this::startParts, lifecycle::stopAfter);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private void startParts() throws Exception {
        outlet = openOutlet();
        onStart();
        EventLink opened = link;
        if (opened != null) {
            start(opened.handlers());
        }
    }

    /** Stops the service and waits for its end, wherever it is in its life and whoever else stops it. Called by {@link #onStop} it does nothing. */
    @Override
    public final void stop() {
        life.stop(() -> {
            try {
                onStop();
            } catch (RuntimeException | Error e) {
                log.warn("{} did not announce its end", name, e);
            }
            lifecycle.stop();
        });
    }

    /** How long it may take to stop. */
    protected Duration stopTimeout() {
        return Duration.ofSeconds(30);
    }

    /**
     * Starts the service, waits for SIGTERM or SIGINT, or until another thread stops it, and stops it; the signal also ends a
     * start that is under way. A second signal ends the process at once, and so does a stop that takes too long.
     *
     * @throws RuntimeException when it could not start; nothing is left running
     */
    public final void run() throws InterruptedException {
        var start = new FutureTask<>(this::start, null);
        Thread starting = Thread.ofVirtual().name("start").unstarted(start); // whose every wait an interrupt ends
        Signals.onTermination(
                () -> {
                    Thread.ofPlatform().daemon().name("stop-timeout").start(this::endIfItDoesNotStop);
                    Thread.ofPlatform().name("stop").start(this::stop);
                },
                () -> Runtime.getRuntime().halt(Signals.TERMINATED));
        starting.start();
        try {
            start.get();
        } catch (ExecutionException e) {
            if (state() != ServiceState.STOPPED) {
                throw failure(e);
            }
            log.info("told to stop before it had started");
            log.debug("the start was interrupted", e.getCause());
        }
        life.awaitEnd();
        log.info("stopped");
    }

    /**
     * Does all that a {@code main} has to do: logs what the service's package logs as {@code LOG_LEVEL} and {@code LOG_FORMAT} say, {@link #run runs} the
     * service, and ends the process with 0 when it was stopped as told, 1 when it could not start, 2 when its settings are
     * wrong, which are said on standard error, a line each.
     */
    public final void runAndExit() {
        int status = COULD_NOT_START;
        try {
            Logging.configure(LogFormat.ofStandardOutput(), Level.INFO);
            LogOptions logging = options().log();
            Logging.configure(logging.format(), logging.level());
            Logging.level(log.getName().replaceFirst("\\.[^.]*$", ""), logging.level()); // of its package
            run();
            status = 0;
        } catch (InvalidSettingsException e) {
            System.err.println("%s can't start:%n%s".formatted(name, e.getMessage()));
            status = WRONG_SETTINGS;
        } catch (InterruptedException | RuntimeException | Error e) {
            log.error("{} could not start", name, e);
        } finally {
            Logging.flush();
            System.exit(status);
        }
    }

    private static RuntimeException failure(ExecutionException ofStart) {
        Throwable cause = ofStart.getCause();
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException exception ? exception : new IllegalStateException(ofStart);
    }

    private void endIfItDoesNotStop() {
        try {
            Thread.sleep(stopTimeout());
        } catch (InterruptedException e) {
            return;
        }
        try {
            log.error("{} did not stop within {}", name, SettingsReader.text(stopTimeout()));
            Logging.flush();
        } finally {
            Runtime.getRuntime().halt(1);
        }
    }
}
