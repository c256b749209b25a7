package io.eventhandler.client;

import io.eventhandler.client.Connector.NotConnectedException;
import io.eventhandler.event.Event;
import io.eventhandler.lifecycle.BackgroundThread;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands one event after the other to its consumer, over as many connections as it takes, until it is closed or has to end. None
 * is left out. None is handled twice, unless the consumer failed with it, or the process ended before its position was
 * remembered. Thread-safe.
 */
public final class Subscription implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(10);
    private static final Duration MAX_RETRY_PAUSE = Duration.ofSeconds(30);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    /** A service that could not be reached so often is worth a warning. */
    private static final int FAILURES_TO_SAY = 3;

    private static final int LOG_RESET = 4009;
    private static final Pattern RESET = Pattern.compile("log reset; epoch=([^;]+); after=(\\d{1,18})");

    private final Connector connector;
    private final SubscribeOptions options;
    private final EventConsumer consumer;
    private final Consumer<Subscription> onEnd;
    private final String name;
    private final Decisions decisions;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Progress progress;
    private final CompletableFuture<Void> subscribed = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final BackgroundThread thread =
            new BackgroundThread(Thread.ofVirtual().name("subscription"), this::round);
    private final Backoff pauses = new Backoff(FIRST_PAUSE, MAX_PAUSE);
    private volatile @Nullable EventSocket socket;
    private volatile @Nullable Thread handling;
    private final Object connect = new Object();
    private @Nullable Thread connecting; // guarded by connect

    // For the thread of the subscription:
    private Start start;
    private String epoch = ""; // of the log that the connection reads; empty before it has begun
    private int failures; // of connections, one after the other

    /** Why there is to be another connection. */
    private sealed interface Again {

        /**
         * The last one has ended.
         *
         * @param after how long the service asks to be left alone, null when it doesn't say
         */
        record Interrupted(String why, @Nullable Duration after) implements Again {

            Interrupted(String why) {
                this(why, null);
            }
        }

        /**
         * The service refused it: that is the end of a subscription that has not begun.
         *
         * @param status of HTTP, 0 for none
         */
        record Refused(int status, String why) implements Again {}
    }

    /**
     * @param onEnd called when it has ended
     */
    Subscription(Connector connector, SubscribeOptions options, EventConsumer consumer, Consumer<Subscription> onEnd) {
        this.connector = connector;
        this.options = options;
        this.consumer = consumer;
        this.onEnd = onEnd;
        this.name = "the subscription to " + options.patterns();
        this.decisions = new Decisions(options.errors(), name);
        this.progress = new Progress(options.cursor(), name, closing);
        this.start = options.start();
    }

    void start() {
        thread.start();
    }

    /**
     * Done when the subscription has begun: whatever is published from then on is handled. Fails when it ends before that, as
     * {@link #ended} does.
     */
    public CompletableFuture<Void> subscribed() {
        return subscribed.copy();
    }

    /**
     * Done when no more events are handled: normally after {@link #close}, else with a {@link SubscribeException}, a
     * {@link PositionLostException}, or what the consumer threw when the {@link ErrorHandler} decided to stop.
     */
    public CompletableFuture<Void> ended() {
        return ended.copy();
    }

    /** How far it has come; null until it is known where it begins. */
    public @Nullable Cursor position() {
        return progress.position();
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private boolean round() throws InterruptedException {
        Again again;
        try {
            again = isClosing() ? null : connection();
        } catch (CursorMovedException e) {
            again = new Again.Interrupted(String.valueOf(e.getMessage()));
        } catch (StoppedException e) {
            end(e.reason());
            return false;
        } catch (RuntimeException | Error e) {
            end(e);
            throw e;
        } finally {
            disconnect();
        }
        if (again == null) {
            end(null);
            return false;
        }
        return isToGoOn(again);
    }

    private boolean isToGoOn(Again again) throws InterruptedException {
        switch (again) {
            case Again.Interrupted interrupted -> {
                if (++failures == FAILURES_TO_SAY) {
                    LOG.warn(
                            "{} is interrupted, it goes on as soon as the service answers: {}",
                            name,
                            interrupted.why());
                }
                Duration asked = interrupted.after();
                Duration pause = pauses.next();
                pause(asked == null || asked.compareTo(pause) < 0 ? pause : asked.plus(pause));
            }
            case Again.Refused refused -> {
                if (!subscribed.isDone()) {
                    end(new SubscribeException(refused.status(), name + " is refused: " + refused.why(), null));
                    return false;
                }
                LOG.warn("{} is refused, it is tried again: {}", name, refused.why());
                pause(MAX_PAUSE);
            }
        }
        return true;
    }

    private void pause(Duration duration) throws InterruptedException {
        closing.await(duration.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** One connection, from its beginning to its end; null when the subscription is closing. */
    private @Nullable Again connection() throws InterruptedException, StoppedException, CursorMovedException {
        if (!progress.load()) {
            return new Again.Interrupted("its position can't be read");
        }
        EventSocket current;
        try {
            current = connect();
        } catch (NotConnectedException e) {
            connector.elsewhere();
            String why = String.valueOf(e.getMessage());
            return e.isForGood() ? new Again.Refused(e.status(), why) : new Again.Interrupted(why, e.after());
        }
        if (current == null) {
            return null;
        }
        epoch = "";
        socket = current;
        if (!Connector.subscribe(current, options.patterns(), progress.position(), start)) {
            return new Again.Interrupted("the connection broke");
        }
        Again again = null;
        while (again == null && !isClosing()) {
            again = take(current.next());
        }
        return again;
    }

    /** Null when the subscription is closing, which does not wait for a service that is silent. */
    private @Nullable EventSocket connect() throws NotConnectedException, InterruptedException {
        synchronized (connect) {
            if (isClosing()) {
                return null;
            }
            connecting = Thread.currentThread();
        }
        try {
            return connector.connect();
        } catch (InterruptedException e) {
            if (isClosing()) {
                return null;
            }
            throw e;
        } finally {
            synchronized (connect) {
                connecting = null;
                if (isClosing()) {
                    Thread.interrupted(); // it was meant for the connecting
                }
            }
        }
    }

    /** Returns why there is to be another connection, null to go on with this one. */
    private @Nullable Again take(Frame frame) throws InterruptedException, StoppedException, CursorMovedException {
        return switch (frame) {
            case Frame.Delivered delivered -> deliver(delivered.event());
            case Frame.Checkpoint checkpoint -> checkpoint(checkpoint.position());
            case Frame.Subscribed begun -> begin(begun.head());
            case Frame.Refused refused -> refused(refused);
            case Frame.Unreadable unreadable ->
                decisions.isToRetryUnreadable(unreadable.failure())
                        ? new Again.Interrupted("a message can't be read")
                        : null;
            case Frame.Closed closed -> closed(closed);
            case Frame.Broken broken -> {
                connector.elsewhere();
                yield new Again.Interrupted(broken.reason());
            }
            case Frame.TokenExpires expires -> null;
            case Frame.Other other -> null;
        };
    }

    private @Nullable Again begin(Cursor head) throws InterruptedException, CursorMovedException {
        epoch = head.epoch();
        if (progress.position() == null) {
            Cursor first = switch (start) {
                case Start.Now now -> head;
                case Start.Earliest earliest -> new Cursor(0, epoch);
                case Start.After after -> new Cursor(after.id(), epoch);
                case Start.Last last -> null; // known with the first event
            };
            if (first != null && !progress.begin(first)) {
                return new Again.Interrupted("somebody else has begun it");
            }
        }
        if (failures >= FAILURES_TO_SAY) {
            LOG.info("{} goes on", name);
        }
        failures = 0;
        subscribed.complete(null);
        return null;
    }

    private @Nullable Again deliver(Event event) throws InterruptedException, StoppedException, CursorMovedException {
        pauses.reset();
        if (progress.isNews(event.id())) {
            handling = Thread.currentThread();
            try {
                if (handle(event)) {
                    progress.remember(new Cursor(event.id(), epoch));
                }
            } finally {
                handling = null;
            }
        }
        return null;
    }

    /** Returns whether it was handled, or is passed over; not when the subscription is closing. */
    private boolean handle(Event event) throws InterruptedException, StoppedException, CursorMovedException {
        var retries = new Backoff(FIRST_PAUSE, MAX_RETRY_PAUSE);
        for (int attempt = 1; ; attempt++) {
            try {
                consumer.accept(event);
                return true;
            } catch (AlreadyHandledException e) {
                LOG.debug("{}: event {} was handled before", name, event.id(), e);
                return true;
            } catch (CursorMovedException | InterruptedException e) {
                throw e;
            } catch (Exception e) {
                if (!decisions.isToRetry(event, e, attempt)) {
                    return true;
                }
            }
            pause(retries.next());
            if (isClosing()) {
                return false;
            }
        }
    }

    private @Nullable Again checkpoint(Cursor reached) throws InterruptedException, CursorMovedException {
        if (progress.isNews(reached.id()) && reached.epoch().equals(epoch)) {
            progress.remember(reached);
        }
        return null;
    }

    private @Nullable Again refused(Frame.Refused refused)
            throws InterruptedException, StoppedException, CursorMovedException {
        Frame.Lost log = refused.lost();
        if (log != null) {
            return positionLost(refused.reason(), log);
        }
        boolean isForNow = refused.after() != null || !epoch.isEmpty(); // what had begun may begin again
        return isForNow
                ? new Again.Interrupted(refused.reason(), refused.after())
                : new Again.Refused(0, refused.reason());
    }

    private Again positionLost(String reason, Frame.Lost log)
            throws InterruptedException, StoppedException, CursorMovedException {
        Cursor position = progress.position();
        Long earliest = log.earliest();
        if (position == null && start instanceof Start.Earliest && earliest != null) {
            start = new Start.After(earliest - 1);
            return new Again.Interrupted(reason);
        }
        long wanted = position != null ? position.id() : start instanceof Start.After after ? after.id() : 0;
        var lost = new PositionLostException(reason, wanted, log.head(), log.epoch(), earliest);
        if (!decisions.isToRetry(lost)) {
            progress.remember(lost.nearest());
        }
        return new Again.Interrupted(reason);
    }

    private Again closed(Frame.Closed closed) throws InterruptedException, CursorMovedException {
        Matcher reset = RESET.matcher(closed.reason());
        Cursor position = progress.position();
        if (closed.code() == LOG_RESET && reset.matches() && position != null) {
            var common = new Cursor(Math.min(position.id(), Long.parseLong(reset.group(2))), reset.group(1));
            LOG.warn("{}: the log has lost events, it goes on after event {}: {}", name, common.id(), closed.reason());
            progress.remember(common);
        } else if (closed.code() != LOG_RESET) {
            connector.elsewhere();
        }
        return new Again.Interrupted(
                "the service ended the connection: %d %s".formatted(closed.code(), closed.reason()));
    }

    private void disconnect() {
        EventSocket last = socket;
        socket = null;
        if (last != null) {
            last.close();
        }
    }

    private void end(@Nullable Throwable why) {
        closing.countDown();
        var none = new SubscribeException(0, name + " was closed before it had begun", null);
        subscribed.completeExceptionally(why == null ? none : why);
        if (why == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(why);
        }
        onEnd.accept(this);
    }

    /**
     * Takes no more events, waits up to 10 s for the one that is being handled, then interrupts it. Called by the consumer
     * itself it doesn't wait.
     */
    @Override
    public void close() {
        closing.countDown();
        synchronized (connect) {
            if (connecting != null) {
                connecting.interrupt();
            }
        }
        EventSocket current = socket;
        if (current != null) {
            current.wake();
        }
        if (Thread.currentThread() == handling) {
            return;
        }
        try {
            if (!thread.join(CLOSE_TIMEOUT)) {
                thread.stop();
            }
        } catch (InterruptedException e) {
            thread.stop();
            Thread.currentThread().interrupt();
        } finally {
            end(null);
        }
    }
}
