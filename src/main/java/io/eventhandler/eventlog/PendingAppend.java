package io.eventhandler.eventlog;

import io.eventhandler.event.NewEvent;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One event on its way into the log: the publisher waits on it, the appender completes it. A publisher that gives up
 * before the event was sent takes it back for certain; afterwards only the appender knows the outcome.
 */
final class PendingAppend {

    private enum State {
        QUEUED,
        SENT,
        WITHDRAWN
    }

    private final NewEvent event;
    private final AtomicReference<State> state = new AtomicReference<>(State.QUEUED);
    private final CompletableFuture<AppendResult> result = new CompletableFuture<>();

    PendingAppend(NewEvent event) {
        this.event = event;
    }

    NewEvent event() {
        return event;
    }

    /** Claims the event for a statement that is about to be sent; false when its publisher has given up. */
    boolean send() {
        return state.compareAndSet(State.QUEUED, State.SENT);
    }

    /** Nothing was sent after all, or it is known not to be stored: the publisher may withdraw again. */
    void unsend() {
        state.compareAndSet(State.SENT, State.QUEUED);
    }

    void complete(AppendResult outcome) {
        result.complete(outcome);
    }

    AppendResult await(Duration timeout) throws InterruptedException {
        try {
            return result.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            if (state.compareAndSet(State.QUEUED, State.WITHDRAWN)) {
                return new AppendResult.NotStored("the database did not answer in time");
            }
            return result.getNow(
                    new AppendResult.Unknown("the connection to the database broke while the event was being stored"));
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
