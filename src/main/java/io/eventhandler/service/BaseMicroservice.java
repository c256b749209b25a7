package io.eventhandler.service;

import io.eventhandler.client.PublishException;
import io.eventhandler.event.NewEvent;
import io.eventhandler.lifecycle.Lifecycle;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.logging.Logging;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A microservice of the system: it has a name, logs in one shape, emits events, starts its parts in order and stops
 * them in reverse.
 *
 * <pre>{@code
 * final class Billing extends BaseMicroservice {
 *     private final EventClient events = EventClient.of(URI.create("http://event-handler-service"));
 *
 *     Billing() {
 *         super("billing");
 *     }
 *
 *     protected void onStart() throws Exception {
 *         start(new InvoiceServer());
 *         emit("billing.started", Map.of("version", "1.4"));
 *     }
 *
 *     protected long emit(NewEvent event) throws PublishException {
 *         return events.publish(event);
 *     }
 * }
 *
 * new Billing().run();
 * }</pre>
 *
 * <p>{@link #start}, {@link #stop} and {@link #run} are for one thread; {@link #emit} and {@link #health} are safe for
 * concurrent use.
 */
public abstract class BaseMicroservice implements Part {

    private static final JsonMapper JSON = new JsonMapper();

    /** Logs in the name of the concrete service. */
    protected final Logger log = LoggerFactory.getLogger(getClass());

    private final String name;
    private final Lifecycle lifecycle = new Lifecycle();
    private boolean started;

    /**
     * @param name the service's name; the source of the events that it emits
     */
    protected BaseMicroservice(String name) {
        this.name = name;
    }

    /** Starts the service's parts, each through {@link #start(Part)}. Whatever started is stopped if this throws. */
    protected abstract void onStart() throws Exception;

    /** Called first when the service stops, while every part still runs. */
    protected void onStop() {}

    /**
     * Publishes the event and waits until it is stored; an ordinary service passes it to its {@link io.eventhandler.client.EventClient}. Safe
     * for concurrent use.
     *
     * @return the event's id
     * @throws PublishException when it was refused, or when it is not known to be stored
     */
    protected abstract long emit(NewEvent event) throws PublishException;

    /** Whether the service can do its work. Says so of a service without checks of its own. */
    public Health health() {
        return new Health(Map.of());
    }

    /** The service's name. */
    public final String name() {
        return name;
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
     * Publishes an event in the service's name and waits until it is stored.
     *
     * @param payload anything that Jackson writes as JSON
     * @return the event's id
     * @throws PublishException when it was refused, or when it is not known to be stored
     */
    public final long emit(String eventName, Object payload) throws PublishException {
        try {
            return emit(new NewEvent(eventName, name, JSON.writeValueAsBytes(payload), null, null));
        } catch (JacksonException e) {
            throw new PublishException(
                    PublishException.Outcome.REFUSED,
                    0,
                    "the payload of " + eventName + " can't be written as JSON",
                    e);
        }
    }

    /** Starts the service, or throws with nothing left running. */
    @Override
    public final void start() {
        try {
            onStart();
            started = true;
        } catch (RuntimeException | Error e) {
            lifecycle.stopAfter(e);
            throw e;
        } catch (Exception e) {
            lifecycle.stopAfter(e);
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** Stops the service and waits. Does nothing when it is not running. */
    @Override
    public final synchronized void stop() {
        if (!started) {
            return;
        }
        started = false;
        try {
            onStop();
        } catch (RuntimeException | Error e) {
            log.warn("{} did not announce its end", name, e);
        }
        lifecycle.stop();
    }

    /** How long it may take to stop. */
    protected Duration stopTimeout() {
        return Duration.ofSeconds(30);
    }

    /**
     * Starts the service, waits for SIGTERM or SIGINT, and stops it; the signal also ends a start that is under way. A
     * second signal ends the process at once, and so does a stop that takes too long.
     *
     * @throws RuntimeException when it could not start; nothing is left running
     */
    public final void run() throws InterruptedException {
        var told = new CountDownLatch(1);
        var start = new FutureTask<>(this::start, null);
        Thread starting = Thread.ofVirtual().name("start").unstarted(start); // whose every wait an interrupt ends
        Signals.onTermination(
                () -> {
                    told.countDown();
                    starting.interrupt();
                    Thread.ofPlatform().daemon().name("stop-timeout").start(this::endIfItDoesNotStop);
                },
                () -> Runtime.getRuntime().halt(Signals.TERMINATED));
        starting.start();
        try {
            start.get();
        } catch (ExecutionException e) {
            if (told.getCount() > 0) {
                throw failure(e);
            }
            log.info("told to stop before it had started");
            log.debug("the start was interrupted", e.getCause());
        }
        told.await();
        stop();
        log.info("stopped");
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
