package io.eventhandler.client;

import io.eventhandler.json.JsonWriter;
import io.eventhandler.lifecycle.BackgroundThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Publishes what is handed over in that order, one request at a time: whatever gathers meanwhile is the next request. Tries
 * again until it is stored, refused, or its time is over. Thread-safe.
 */
final class Publisher {

    private static final int MAX_EVENTS = 500;
    private static final int MAX_BYTES = 1 << 20;

    /** A replica that is silent for so long may have gone: there may be time left for another one. */
    private static final int TRIES_IN_TIMEOUT = 3;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);

    private final BaseUrls urls;
    private final PublishRequests requests;
    private final Duration tryTimeout;
    private final InFlight inFlight;
    private final LinkedBlockingQueue<Outgoing> queue = new LinkedBlockingQueue<>(); // bounded by what is in flight
    private final BackgroundThread thread =
            new BackgroundThread(Thread.ofVirtual().name("publish"), this::round);
    private volatile @Nullable String trouble;
    private boolean started;
    private boolean closed;

    Publisher(BaseUrls urls, PublishRequests requests, Duration timeout, InFlight inFlight) {
        this.urls = urls;
        this.requests = requests;
        this.tryTimeout = timeout.dividedBy(TRIES_IN_TIMEOUT).plusMillis(1);
        this.inFlight = inFlight;
    }

    /**
     * Takes these events; waits while too much is under way.
     *
     * @return their ids, in order, or a {@link PublishException}
     * @throws IllegalStateException when it is closed
     */
    CompletableFuture<List<Long>> handOver(Outgoing events) throws InterruptedException {
        int bytes = events.events().length;
        inFlight.take(events.count(), bytes);
        CompletableFuture<List<Long>> outcome =
                events.ids().whenComplete((ids, failure) -> inFlight.giveBack(events.count(), bytes));
        synchronized (this) {
            if (!closed) {
                queue.add(events);
                if (!started) {
                    started = true;
                    thread.start();
                }
                return outcome;
            }
        }
        events.giveUp(0, "the client is closed", null);
        throw new IllegalStateException("the client is closed");
    }

    private boolean round() throws InterruptedException {
        Outgoing first = queue.take();
        List<Outgoing> next = new ArrayList<>();
        next.add(first);
        int bytes = first.events().length;
        int count = first.count();
        for (Outgoing more = queue.peek(); more != null && first.count() == 1; more = queue.peek()) {
            bytes += more.events().length;
            if (more.count() > 1 || ++count > MAX_EVENTS || bytes > MAX_BYTES) {
                break;
            }
            next.add(queue.remove());
        }
        try {
            publish(next);
        } catch (Throwable e) {
            for (Outgoing events : next) { // those that have an outcome keep it
                events.mayBeStored();
                events.giveUp(0, "the client was closed, or failed", e);
            }
            throw e;
        }
        return true;
    }

    /** Until each of these has an outcome. */
    private void publish(List<Outgoing> together) throws InterruptedException {
        var pause = new Backoff(FIRST_PAUSE, MAX_PAUSE);
        var left = new ArrayList<>(together);
        Attempt.@Nullable Failed last = null;
        int tries = 0;
        boolean tokenWasRefused = false;
        while (true) {
            giveUpWhatIsLate(left, last);
            if (left.isEmpty()) {
                return;
            }
            String url = urls.current();
            switch (send(url, left)) {
                case Attempt.Stored stored -> {
                    trouble = null;
                    acknowledge(left, stored.ids());
                    return;
                }
                case Attempt.Refused refused -> {
                    if (refused.status() == 401 && !tokenWasRefused) {
                        tokenWasRefused = true; // the next one may be newer
                    } else {
                        refuse(left, refused);
                        return;
                    }
                }
                case Attempt.Failed failed -> {
                    last = failed;
                    trouble = failed.reason();
                    if (failed.mayBeStored()) {
                        left.forEach(Outgoing::mayBeStored);
                    }
                    urls.failed(url);
                    if (++tries % urls.count() == 0 || failed.after() != null) {
                        pause(left, pause.next(), failed.after());
                    }
                }
            }
        }
    }

    private static void giveUpWhatIsLate(List<Outgoing> left, Attempt.@Nullable Failed last) {
        left.removeIf(events -> {
            if (events.ids().isDone()) { // given up by whoever handed it over
                return true;
            }
            if (events.remainingNanos() > 0) {
                return false;
            }
            events.giveUp(
                    last == null ? 0 : last.status(),
                    last == null ? "there was no time to try" : last.reason(),
                    last == null ? null : last.cause());
            return true;
        });
    }

    private Attempt send(String url, List<Outgoing> together) throws InterruptedException {
        int count = 0;
        int bytes = 2;
        long remaining = tryTimeout.toNanos();
        for (Outgoing events : together) {
            count += events.count();
            bytes += events.events().length + 1;
            remaining = Math.min(remaining, events.remainingNanos());
        }
        byte[] body = count == 1 ? together.getFirst().events() : array(together, bytes);
        return requests.send(url, body, count, Duration.ofNanos(Math.max(1_000_000, remaining)));
    }

    private static byte[] array(List<Outgoing> together, int bytes) {
        var json = new JsonWriter(bytes);
        String separator = "[";
        for (Outgoing events : together) {
            json.raw(separator).raw(events.events());
            separator = ",";
        }
        return json.raw("]").toBytes();
    }

    private static void acknowledge(List<Outgoing> together, List<Long> ids) {
        int first = 0;
        for (Outgoing events : together) {
            events.ids().complete(ids.subList(first, first + events.count()));
            first += events.count();
        }
    }

    /** One of them is why all are refused: which one is found out by halves. */
    private void refuse(List<Outgoing> together, Attempt.Refused refused) throws InterruptedException {
        if (together.size() == 1 || refused.status() == 401 || refused.status() == 0) {
            together.forEach(events -> events.refused(refused.status(), refused.reason()));
            return;
        }
        int half = together.size() / 2;
        publish(together.subList(0, half));
        publish(together.subList(half, together.size()));
    }

    /** No longer than there is time for what waits longest. */
    private static void pause(List<Outgoing> left, Duration pause, @Nullable Duration asked)
            throws InterruptedException {
        long nanos = Math.max(pause.toNanos(), asked == null ? 0 : asked.toNanos());
        for (Outgoing events : left) {
            nanos = Math.min(nanos, Math.max(0, events.remainingNanos()));
        }
        Thread.sleep(Duration.ofNanos(nanos));
    }

    /** Why the last try failed; null when it didn't. */
    @Nullable
    String trouble() {
        return trouble;
    }

    /** Waits for the outcome of all that was handed over, and ends. */
    void close() throws InterruptedException {
        synchronized (this) {
            closed = true;
        }
        try {
            inFlight.awaitNone();
        } finally {
            thread.stop();
        }
    }
}
