package io.eventhandler.eventlog;

import io.eventhandler.event.NewEvent;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
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
        DONE
    }

    private final List<NewEvent> events;
    private final long bytes;
    private final long deadlineNanos;
    private final Consumer<AppendResult> publisher;
    private final AtomicReference<State> state = new AtomicReference<>(State.QUEUED);

    PendingAppend(List<NewEvent> events, long deadlineNanos, Consumer<AppendResult> publisher) {
        this.events = events;
        this.bytes = events.stream().mapToLong(event -> event.payload().length).sum();
        this.deadlineNanos = deadlineNanos;
        this.publisher = publisher;
    }

    /** At least one. */
    List<NewEvent> events() {
        return events;
    }

    /** The number of events. */
    int size() {
        return events.size();
    }

    /** The size of their payloads. */
    long bytes() {
        return bytes;
    }

    /** Claims the events for a statement that is about to be sent; false when its publisher has gone. */
    boolean send() {
        return state.compareAndSet(State.QUEUED, State.SENT);
    }

    /** Nothing was sent after all, or it is known not to be stored. */
    void unsend() {
        state.compareAndSet(State.SENT, State.QUEUED);
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
                tell(AppendResult.Unknown.CONNECTION_BROKE);
            }
        }
        return state.get() == State.DONE;
    }
}
