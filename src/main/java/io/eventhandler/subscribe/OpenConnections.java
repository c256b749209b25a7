package io.eventhandler.subscribe;

import io.eventhandler.access.Principal;
import io.eventhandler.eventlog.epoch.LogEpoch;
import io.eventhandler.fanout.MessageMemory;
import io.eventhandler.json.Excerpt;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Failures;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.limits.ClientLimits;
import io.eventhandler.limits.Limited;
import io.eventhandler.limits.ShareLimit;
import io.eventhandler.tail.LogReset;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Credential;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The open connections of all subscribers: counts them, looks after the idle ones, and ends them. Thread-safe. */
public final class OpenConnections implements Part {

    private static final Failures FAILURES = new Failures(LoggerFactory.getLogger(OpenConnections.class));

    /** So late a connection may be told that its credential ends. */
    private static final Duration MAX_CHECK_INTERVAL = Duration.ofSeconds(1);

    private final SubscriberLimits limits;
    private final LogEpoch epoch;
    private final Function<Credential, Principal> credentials;
    private final ShareLimit perKey;
    private final ShareLimit perAddress;
    private final MessageMemory memory;
    private final MessageMemory inbound;
    private final SubscriberMetrics metrics;
    private final AtomicLong nextId = new AtomicLong(1);
    private final Set<SubscriberConnection> open = ConcurrentHashMap.newKeySet();
    private final BackgroundThread checking =
            new BackgroundThread(Thread.ofVirtual().name("connection-check"), this::check);
    private final BackgroundThread makingRoom =
            new BackgroundThread(Thread.ofVirtual().name("connection-room"), this::makeRoom);
    private final Semaphore roomIsNeeded = new Semaphore(0);
    private volatile boolean stopping;

    /**
     * @param epoch of the log
     * @param credentials verifies one; may block
     * @param clients how many one may have
     */
    public OpenConnections(
            SubscriberLimits limits,
            LogEpoch epoch,
            Function<Credential, Principal> credentials,
            ClientLimits clients,
            MeterRegistry registry) {
        this.perKey = new ShareLimit(
                new Limited(registry, "connections_per_key"),
                "MAX_CONNECTIONS_PER_KEY",
                "connections",
                clients.connectionsPerKey());
        this.perAddress = new ShareLimit(
                new Limited(registry, "connections_per_address"),
                "MAX_CONNECTIONS_PER_ADDRESS",
                "connections",
                clients.connectionsPerAddress());
        this.limits = limits;
        this.credentials = credentials;
        this.epoch = epoch;
        this.memory = new MessageMemory(limits.maxOutboundBytes());
        this.inbound = new MessageMemory(limits.maxOutboundBytes() / 8);
        this.metrics = new SubscriberMetrics(registry, this::count, this::subscriptions, memory);
        memory.onPressure(this::needRoom);
    }

    /** Why no further connection is taken of whoever this is, null when one is. */
    @Nullable
    ApiException refusal(ConnectionIdentity who) {
        if (stopping) {
            return ApiException.unavailable("the service is stopping");
        }
        if (open.size() >= limits.maxConnections()) {
            return ApiException.unavailable("there are %d connections already".formatted(limits.maxConnections()));
        }
        ApiException ofKey = perKey.refusal(who.account());
        return ofKey == null ? perAddress.refusal(who.network()) : ofKey;
    }

    /**
     * Whom this credential stands for; may block.
     *
     * @throws ApiException 401 when it is nobody, 429 when too many were, 503 when that can't be told now
     */
    Principal verify(Credential credential) {
        return credentials.apply(credential);
    }

    /** A number for the next connection. */
    long nextId() {
        return nextId.getAndIncrement();
    }

    /** Takes it in, unless it has ended: its client may have left before it was. */
    void add(SubscriberConnection connection) {
        boolean ofKey = perKey.take(connection.identity().account());
        boolean ofAddress = perAddress.take(connection.identity().network());
        open.add(connection); // from now on whatever removes it gives both back
        if (connection.hasEnded()) {
            remove(connection);
        } else if (stopping) {
            end(connection);
        } else if (!ofKey || !ofAddress) { // others came at the same time
            connection.end(
                    SubscriberConnection.TRY_AGAIN_LATER,
                    (ofKey ? perAddress : perKey).refused().getMessage());
        }
    }

    private static void end(SubscriberConnection connection) {
        connection.end(CloseStatus.SHUTDOWN, "the service is stopping");
    }

    private void endAll() throws InterruptedException {
        List<SubscriberConnection> connections = new ArrayList<>(open);
        Collections.shuffle(connections);
        long start = System.nanoTime();
        long[] at = ThreadLocalRandom.current()
                .longs(connections.size(), 0, limits.drainWindow().toNanos() + 1)
                .sorted()
                .toArray();
        for (int i = 0; i < at.length; i++) {
            long left = at[i] - (System.nanoTime() - start);
            if (left > 0) {
                Thread.sleep(Duration.ofNanos(left));
            }
            end(connections.get(i));
        }
    }

    void remove(SubscriberConnection connection) {
        if (open.remove(connection)) {
            perKey.give(connection.identity().account());
            perAddress.give(connection.identity().network());
        }
    }

    SubscriberLimits limits() {
        return limits;
    }

    /** The log's epoch. */
    String epoch() {
        return epoch.current();
    }

    /**
     * Why a client can't go on after this id, null when it can.
     *
     * @param of the epoch that the id is of, null when it is not given
     */
    @Nullable
    String fault(@Nullable String of, @Nullable Long after) {
        return of == null || after == null || of.equals(epoch())
                ? null
                : "after %d is of epoch '%s', the log's epoch is now '%s': it has lost events, begin anew"
                        .formatted(after, Excerpt.of(of), epoch());
    }

    /** The API keys with which connections are open. */
    public Set<String> keysInUse() {
        Set<String> ids = new HashSet<>();
        for (SubscriberConnection connection : open) {
            String id = connection.identity().principal().keyId();
            if (id != null) {
                ids.add(id);
            }
        }
        return ids;
    }

    /** Ends the connections that were opened with this API key. */
    public void revoked(String keyId) {
        for (SubscriberConnection connection : open) {
            if (keyId.equals(connection.identity().principal().keyId())) {
                connection.end(SubscriberConnection.POLICY_VIOLATION, "credential revoked;");
            }
        }
    }

    /** Ends every connection, with where to go on: what it was sent may no longer be in the log. */
    public void reset(LogReset reset) {
        open.forEach(connection -> connection.reset(reset));
    }

    /** Of what waits for all of them. */
    public MessageMemory memory() {
        return memory;
    }

    /** Of messages that have arrived in part, or are being executed. */
    MessageMemory inbound() {
        return inbound;
    }

    SubscriberMetrics metrics() {
        return metrics;
    }

    /** How many of these are open. */
    long count(Transport transport) {
        return open.stream()
                .filter(connection -> connection.transport() == transport)
                .count();
    }

    /** How many names and patterns the open ones are subscribed to. */
    long subscriptions() {
        return open.stream().mapToLong(SubscriberConnection::subscriptions).sum();
    }

    @Override
    public void start() {
        checking.start();
        makingRoom.start();
    }

    private record Held(SubscriberConnection connection, long bytes) {}

    /** Asked for by whoever has a message to be counted: never blocks. */
    private void needRoom() {
        if (roomIsNeeded.availablePermits() == 0) {
            roomIsNeeded.release();
        }
    }

    /** Ends the connections that hold most, when all together hold too much. */
    private boolean makeRoom() throws InterruptedException {
        roomIsNeeded.acquire();
        roomIsNeeded.drainPermits();
        open.stream()
                .map(connection -> new Held(connection, connection.heldBytes()))
                .filter(held -> held.bytes() > 0)
                .sorted(Comparator.comparingLong(Held::bytes).reversed())
                .takeWhile(held -> memory.isUnderPressure())
                .forEach(held -> held.connection().makeRoom());
        return true;
    }

    private boolean check() throws InterruptedException {
        Duration interval = limits.pingAfter().compareTo(limits.checkpointEvery()) < 0
                ? limits.pingAfter()
                : limits.checkpointEvery();
        Duration fifth = interval.dividedBy(5);
        Thread.sleep(fifth.compareTo(MAX_CHECK_INTERVAL) < 0 ? fifth : MAX_CHECK_INTERVAL);
        long now = System.nanoTime();
        open.forEach(connection -> check(connection, now));
        return true;
    }

    /** What is wrong with one connection is not the others' concern. */
    private static void check(SubscriberConnection connection, long nowNanos) {
        try {
            connection.check(nowNanos);
        } catch (RuntimeException | Error e) {
            FAILURES.say(e, "a connection could not be looked after");
        }
    }

    /**
     * Ends every connection with 1001 and the id to resume after, one after the other and in any order over the time that
     * the limits give, so that the clients don't all connect elsewhere at once; then waits a little for them to hear it.
     */
    @Override
    public void stop() {
        stopping = true;
        try {
            endAll();
            long deadline = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            while (!open.isEmpty() && System.nanoTime() < deadline) {
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        checking.stop();
        makingRoom.stop();
    }
}
