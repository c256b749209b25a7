package io.eventhandler.wakeup;

import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Failures;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.Pooler;
import io.eventhandler.service.SettingsReader;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a replica told of the head: by NOTIFY, by a heartbeat over the same connection's life, and by polling while
 * notifications don't arrive. Thread-safe.
 */
public final class WakeUp implements Part {

    private static final Logger LOG = LoggerFactory.getLogger(WakeUp.class);
    private static final Duration DEADLINE = Duration.ofSeconds(3);
    private static final Duration MIN_BACKOFF = Duration.ofMillis(50);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(5);
    private static final Duration POOLER_PAUSE = Duration.ofMinutes(1);
    private static final double QUEUE_WARNING = 0.5;

    /** How wake-ups reach this replica. */
    public enum Mode {
        /** No connection yet, or it was lost: polling meanwhile. */
        CONNECTING,
        /** Notifications arrive. */
        LISTENING,
        /** Connected, but notifications don't arrive (a pooler?): polling. */
        POLLING
    }

    /** Is told what was read or notified, in no order. */
    public interface HeadListener {

        /** The head is at least this. */
        void headIs(long head);

        /**
         * A notification has arrived. Called on the driver's thread: it must neither block nor throw.
         *
         * @param backendPid the PostgreSQL process that sent it
         */
        void notified(String payload, int backendPid);
    }

    /**
     * @param channel the NOTIFY channel
     * @param heartbeat between reads of the head that don't wait for a notification
     * @param pollInterval between reads of the head while notifications don't arrive
     */
    public record Options(String channel, Duration heartbeat, Duration pollInterval) {

        /** Reads {@code HEARTBEAT} and {@code POLL_INTERVAL}. */
        public static Options read(SettingsReader in, String channel) {
            return new Options(
                    channel,
                    in.duration(
                            "HEARTBEAT", "5s", "100ms", "1h", "between checks of the LISTEN connection and the head"),
                    in.duration(
                            "POLL_INTERVAL", "200ms", "10ms", "1h", "between polls while notifications do not arrive"));
        }
    }

    private final DatabaseUrl url;
    private final String applicationName;
    private final Options options;
    private final LongSupplier readHead;
    private final HeadListener onHead;
    private final WakeUpMetrics metrics;
    private final Failures failures = new Failures(LOG);
    private final BackgroundThread listening =
            new BackgroundThread(Thread.ofVirtual().name("wakeup-listen"), this::listen);
    private final BackgroundThread polling =
            new BackgroundThread(Thread.ofVirtual().name("wakeup-poll"), this::poll);
    private Duration backoff = MIN_BACKOFF; // of the listening thread alone, as the next
    private boolean connectedBefore;

    private final AtomicLong notifications = new AtomicLong();
    private volatile Mode mode = Mode.CONNECTING;
    private volatile @Nullable ListenConnection current;
    private volatile boolean stopping;

    /**
     * @param readHead reads the head from the database, at most a few seconds long; may throw
     */
    public WakeUp(
            DatabaseUrl url,
            String applicationName,
            Options options,
            LongSupplier readHead,
            HeadListener onHead,
            MeterRegistry registry) {
        this.url = url;
        this.applicationName = applicationName;
        this.options = options;
        this.readHead = readHead;
        this.onHead = onHead;
        this.metrics = new WakeUpMetrics(registry, () -> mode == Mode.LISTENING);
    }

    /** How wake-ups reach this replica now. */
    public Mode mode() {
        return mode;
    }

    @Override
    public void start() {
        listening.start();
        polling.start();
    }

    /** Over one connection, from its start to its end, and the pause until the next. */
    private boolean listen() throws InterruptedException {
        Duration pause = POOLER_PAUSE;
        try {
            if (Pooler.sharesSessions(url)) { // LISTEN would end in somebody else's
                changeMode(Mode.POLLING);
            } else {
                pause = backoff;
                listenOnce();
            }
        } catch (SQLException | RuntimeException e) {
            mode = Mode.CONNECTING;
            pause = backoff;
            backoff = min(backoff.multipliedBy(2), MAX_BACKOFF);
            if (!stopping) {
                failures.say(e, "the LISTEN connection to %s is down: polling until it is back".formatted(url));
            }
        }
        Thread.sleep(ThreadLocalRandom.current().nextLong(pause.toMillis() / 2, pause.toMillis() + 1));
        return !stopping;
    }

    private void listenOnce() throws SQLException, InterruptedException {
        try (var connection =
                ListenConnection.open(url, options.channel(), applicationName, DEADLINE, this::notified)) {
            current = connection;
            if (connectedBefore) {
                metrics.reconnected();
            }
            connectedBefore = true;
            if (!stopping) {
                backoff = MIN_BACKOFF;
                serve(connection);
            }
        } finally {
            current = null;
        }
    }

    private void notified(String payload, int backendPid) {
        notifications.incrementAndGet();
        metrics.notified();
        onHead.notified(payload, backendPid);
    }

    /**
     * LISTEN has been issued: from here on, reading the head leaves no gap. A head that has moved without a notification
     * makes the connection suspect: a proxy may have dropped its LISTEN.
     */
    private void serve(ListenConnection connection) throws SQLException, InterruptedException {
        boolean listens = false;
        long head = Long.MAX_VALUE;
        long heard = 0;
        do {
            if (!listens) {
                listens = connection.probe(DEADLINE);
                changeMode(listens ? Mode.LISTENING : Mode.POLLING);
            }
            long next = readHead.getAsLong();
            onHead.headIs(next);
            if (listens && next > head && notifications.get() == heard && !connection.probe(DEADLINE)) {
                throw new SQLException("it lives, but notifications have ceased");
            }
            head = next;
            heard = notifications.get();
            metrics.heartbeat();
            double usage = connection.queueUsage(DEADLINE);
            if (usage > QUEUE_WARNING) {
                LOG.atWarn().addKeyValue("usage", usage).log("PostgreSQL's notification queue is filling up");
            }
        } while (!connection.awaitEnd(options.heartbeat()));
        if (!stopping) {
            throw new SQLException("the server closed the connection");
        }
    }

    private void changeMode(Mode next) {
        if (next == Mode.POLLING && mode != Mode.POLLING) {
            LOG.warn(
                    "notifications do not arrive over {}: polling every {} ms. A transaction pooler? Then set DATABASE_LISTEN_URL to a direct connection.",
                    url,
                    options.pollInterval().toMillis());
        } else if (next == Mode.LISTENING && mode != Mode.LISTENING) {
            LOG.info("listening for notifications over {}", url);
        }
        mode = next;
    }

    private boolean poll() throws InterruptedException {
        Thread.sleep(options.pollInterval());
        try {
            if (mode != Mode.LISTENING) {
                onHead.headIs(readHead.getAsLong());
                metrics.polled();
            }
        } catch (RuntimeException e) {
            LOG.debug("could not read the head", e);
        }
        return !stopping;
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    @Override
    public void stop() {
        stopping = true;
        ListenConnection connection = current;
        if (connection != null) {
            connection.close();
        }
        listening.stop();
        polling.stop();
    }
}
