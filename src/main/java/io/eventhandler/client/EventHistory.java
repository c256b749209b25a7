package io.eventhandler.client;

import io.eventhandler.client.ReadRequests.Answer;
import io.eventhandler.event.Event;
import io.eventhandler.json.Excerpt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Reads events one by one, as lines of an answer that may have any length. One that breaks off is asked for again after the
 * last id that was read. For one thread; anybody may close it.
 */
final class EventHistory extends Spliterators.AbstractSpliterator<Event> implements AutoCloseable {

    private static final String LINES = "application/x-ndjson";
    private static final String EPOCH = "Log-Epoch";

    private static final int MAX_LINE = 16 << 20;
    private static final int MAX_MESSAGE = 64 << 10;

    /** The service is silent while it looks through events that are not selected. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** So often in a row it may fail without that one event was read. */
    private static final int MAX_FAILURES = 8;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(5);

    private final HistorySelection selection;
    private final BaseUrls urls;
    private final ReadRequests requests;
    private final BooleanSupplier clientIsClosed;
    private final Backoff pause = new Backoff(FIRST_PAUSE, MAX_PAUSE);
    private int failures; // since an event was read
    private boolean tokenWasRefused; // since an event was read
    private long count;
    private long lastId;
    private @Nullable String epoch;
    private @Nullable Answer answer;
    private String url = "";
    private boolean ended;
    private volatile boolean closed;
    private volatile @Nullable AnswerBody body; // of the answer

    EventHistory(HistorySelection selection, BaseUrls urls, ReadRequests requests, BooleanSupplier clientIsClosed) {
        super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL | Spliterator.IMMUTABLE);
        this.selection = selection;
        this.urls = urls;
        this.requests = requests;
        this.clientIsClosed = clientIsClosed;
    }

    /**
     * Reads the next event.
     *
     * @throws HistoryException when it can't be read
     * @throws IllegalStateException when this or the client is closed
     */
    @Override
    public boolean tryAdvance(Consumer<? super Event> reader) {
        Event event;
        try {
            event = ended ? null : next();
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new HistoryException(0, "interrupted while the history was read", e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        if (event == null) {
            ended = true;
            return false;
        }
        reader.accept(event);
        return true;
    }

    private @Nullable Event next() throws InterruptedException {
        Long limit = selection.limit();
        if (limit != null && limit <= count && count > 0) {
            close();
            return null;
        }
        while (true) {
            if (closed || clientIsClosed.getAsBoolean()) {
                throw new IllegalStateException("the history, or its client, is closed");
            }
            try {
                Answer from = answer == null ? open() : answer;
                if (from != null) {
                    byte[] line = from.body().line(MAX_LINE, PATIENCE);
                    return line == null ? null : read(line);
                }
            } catch (AnswerBody.LineTooLongException e) {
                throw new HistoryException(200, "%s sent an event of more than %d bytes".formatted(url, MAX_LINE), e);
            } catch (IOException e) {
                failed(0, e.getMessage() + (answer == null ? "" : ", from " + url), null, e);
            }
        }
    }

    private Event read(byte[] line) {
        Event event;
        try {
            event = EventLine.read(line);
        } catch (JacksonException | IllegalArgumentException e) {
            throw new HistoryException(
                    200,
                    "%s sent what is no event: %s".formatted(url, Excerpt.of(new String(line, StandardCharsets.UTF_8))),
                    e);
        }
        if (event.id() <= lastId) {
            throw new HistoryException(200, "%s sent event %d after event %d".formatted(url, event.id(), lastId), null);
        }
        lastId = event.id();
        count++;
        failures = 0;
        tokenWasRefused = false;
        pause.reset();
        return event;
    }

    /** The answer with what follows the last event that was read; null when it is to be asked for again. */
    private @Nullable Answer open() throws IOException, InterruptedException {
        url = urls.current();
        HistorySelection left = count == 0 ? selection : selection.after(lastId);
        Long limit = selection.limit();
        Answer next = requests.get(url, (limit == null ? left : left.limit(limit - count)).path(), LINES);
        boolean taken = false;
        try {
            if (isGood(next)) {
                checkMediaType(next);
                checkEpoch(next);
                if (count == 0 || hasLast()) {
                    taken = true;
                    answer = next;
                    body = next.body();
                    if (closed) {
                        next.close();
                    }
                    return next;
                }
            }
            return null;
        } finally {
            if (!taken) {
                next.close();
            }
        }
    }

    /** Whether it is what was asked for; false when it is to be asked for again. */
    private boolean isGood(Answer next) throws InterruptedException {
        int status = next.status();
        if (status == 200) {
            return true;
        }
        String reason = "the service answered %d: %s"
                .formatted(status, PublishRequests.message(next.body().beginning(MAX_MESSAGE, PATIENCE)));
        if (status == 401 && !tokenWasRefused) {
            tokenWasRefused = true; // the next one may be newer
        } else if (status == 408 || status == 429 || status >= 500) {
            failed(status, reason, PublishRequests.retryAfter(next.headers()), null);
        } else {
            throw new HistoryException(status, reason, null);
        }
        return false;
    }

    private void checkMediaType(Answer next) {
        String type = next.header("Content-Type");
        if (type == null || !type.startsWith(LINES)) {
            throw new HistoryException(
                    200,
                    "%s answered with %s, not with events: is it the address of an Event Handler?"
                            .formatted(url, type == null ? "something" : Excerpt.of(type)),
                    null);
        }
    }

    private void checkEpoch(Answer next) {
        String now = next.header(EPOCH);
        if (epoch != null && now != null && !epoch.equals(now)) {
            throw new HistoryException(
                    200,
                    "the log was reset while it was read: its epoch was %s and is %s, what was read up to event %d may be gone; read it again from the start"
                            .formatted(epoch, Excerpt.of(now), lastId),
                    null);
        }
        epoch = now == null ? epoch : now;
    }

    /** Events are removed from the lower end only: while the last one is there, none that follows is missing. */
    private boolean hasLast() throws IOException, InterruptedException {
        try (Answer last = requests.get(url, "/events/" + lastId, "application/json")) {
            if (last.status() == 404) {
                throw new HistoryException(
                        404,
                        "event %d, the last one that was read, was removed meanwhile: events behind it may be missing"
                                .formatted(lastId),
                        null);
            }
            boolean isThere = isGood(last);
            if (isThere) {
                last.body().beginning(Integer.MAX_VALUE >> 4, PATIENCE);
            }
            return isThere;
        }
    }

    private void failed(int status, String reason, @Nullable Duration asked, @Nullable Throwable cause)
            throws InterruptedException {
        forget();
        urls.failed(url);
        if (++failures >= MAX_FAILURES) {
            throw new HistoryException(status, reason, cause);
        }
        if (failures % urls.count() == 0 || asked != null) {
            Duration own = pause.next();
            Thread.sleep(asked == null || asked.compareTo(own) < 0 ? own : asked);
        }
    }

    private void forget() {
        AnswerBody known = body;
        answer = null;
        body = null;
        if (known != null) {
            known.close();
        }
    }

    /** Gives the connection back. */
    @Override
    public void close() {
        closed = true;
        AnswerBody known = body;
        if (known != null) {
            known.close();
        }
    }
}
