package io.eventhandler.eventlog.append;

import io.eventhandler.event.IdempotencyKey;
import io.eventhandler.event.NewEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one publisher appends as a whole, on its way into the log. The publisher is told the outcome exactly once: by the
 * appender, or when its time is up. Before it was sent it can be taken back for certain; afterwards only the appender
 * knows the outcome.
 */
final class PendingAppend {

    private static final Logger LOG = LoggerFactory.getLogger(PendingAppend.class);

    private enum State {
        QUEUED,
        SENT,
        ANSWER_LOST,
        DONE
    }

    // What is yet to be stored. Changed by the appender only, before it hands it to whoever tells the publisher.
    private List<NewEvent> events;
    private List<KeyedEvents> claims;
    private @Nullable EarlierIds earlierIds;
    private final long bytes;
    private final long deadlineNanos;
    private final Consumer<AppendResult> publisher;
    private final AtomicReference<State> state = new AtomicReference<>(State.QUEUED);

    /**
     * @param batchKey an idempotency key for all events as a whole, null for none
     */
    PendingAppend(
            List<NewEvent> events, @Nullable String batchKey, long deadlineNanos, Consumer<AppendResult> publisher) {
        this.events = events;
        this.claims = KeyedEvents.of(events, batchKey);
        this.bytes = bytes(events);
        this.deadlineNanos = deadlineNanos;
        this.publisher = publisher;
    }

    private static long bytes(List<NewEvent> events) {
        long sum = 0;
        for (NewEvent event : events) {
            sum += event.bytes();
        }
        return sum;
    }

    /** Those that are yet to be stored, at least one. */
    List<NewEvent> events() {
        return events;
    }

    /** The keys of these events. */
    List<KeyedEvents> claims() {
        return claims;
    }

    /** Where among the events that are yet to be stored this one is, given its index in what was published. */
    int indexInRest(int index) {
        return earlierIds == null ? index : earlierIds.indexInRest(index);
    }

    /** The number of events that are yet to be stored. */
    int size() {
        return events.size();
    }

    /** The size of all its events. */
    long bytes() {
        return bytes;
    }

    /** How long ago it came, when its publisher waits so long at most. */
    long waitedNanos(Duration timeout) {
        return System.nanoTime() - (deadlineNanos - timeout.toNanos());
    }

    /** Claims the events for a statement that is about to be sent; false when its publisher has gone. */
    boolean send() {
        return state.compareAndSet(State.QUEUED, State.SENT);
    }

    /** The connection broke before it told what became of the statement. */
    void answerLost() {
        state.compareAndSet(State.SENT, State.ANSWER_LOST);
    }

    /** Nothing was sent after all, or it is known not to be stored. */
    void unsend() {
        if (!state.compareAndSet(State.SENT, State.QUEUED)) {
            state.compareAndSet(State.ANSWER_LOST, State.QUEUED);
        }
    }

    /**
     * Takes into account what is stored under its keys, and tells the publisher when that decides the outcome.
     *
     * @return false when there is still something to store
     */
    boolean answer(Map<IdempotencyKey, EarlierAppend> known) {
        EarlierIds before = earlierIds == null ? new EarlierIds(events) : earlierIds;
        List<KeyedEvents> free = new ArrayList<>();
        for (KeyedEvents claim : claims) {
            EarlierAppend stored = known.get(claim.key());
            if (stored == null) {
                free.add(claim);
            } else if (Arrays.equals(stored.fingerprint(), claim.fingerprint())) {
                before.add(claim, stored.firstId());
            } else {
                complete(new AppendResult.KeyReused(claim.first(), claim.key().name()));
                return true;
            }
        }
        if (free.size() < claims.size()) {
            claims = free;
            events = before.rest();
            earlierIds = before;
        }
        if (events.isEmpty()) {
            complete(new AppendResult.Replayed(before.ids(0), true));
        }
        return events.isEmpty();
    }

    /** Tells the publisher that the events that were yet to be stored have the ids {@code firstId}, … */
    void stored(long firstId) {
        complete(
                earlierIds == null
                        ? new AppendResult.Stored(firstId)
                        : new AppendResult.Replayed(earlierIds.ids(firstId), false));
    }

    /** Tells the publisher that one of the events that were yet to be stored, or an unknown one (-1), was refused. */
    void refused(int indexInRest, String reason) {
        int index = earlierIds == null || indexInRest < 0 ? indexInRest : earlierIds.indexAmongAll(indexInRest);
        complete(new AppendResult.Refused(index, reason));
    }

    /** Tells the publisher, unless it was told before. */
    void complete(AppendResult outcome) {
        if (state.getAndSet(State.DONE) != State.DONE) {
            tell(outcome);
        }
    }

    /** One publisher's failure is not another's. */
    private void tell(AppendResult outcome) {
        try {
            publisher.accept(outcome);
        } catch (RuntimeException e) {
            LOG.warn("a publisher could not be told {}", outcome, e);
        }
    }

    /** Whether the publisher has been told; tells it that its time is up when it is. */
    boolean isDone(long nowNanos) {
        if (state.get() != State.DONE && nowNanos - deadlineNanos >= 0) {
            if (state.compareAndSet(State.QUEUED, State.DONE)) {
                tell(new AppendResult.NotStored("the database did not answer in time"));
            } else if (state.compareAndSet(State.SENT, State.DONE)) {
                tell(AppendResult.Unknown.NO_ANSWER);
            } else if (state.compareAndSet(State.ANSWER_LOST, State.DONE)) {
                tell(AppendResult.Unknown.CONNECTION_BROKE);
            }
        }
        return state.get() == State.DONE;
    }
}
