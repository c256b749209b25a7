package io.eventhandler.eventlog.append;

import io.eventhandler.event.Event;
import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.RecentEvents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Passes stored batches on: to the ring of recent events, and to their publishers on another thread, so that the next
 * batch is on its way while the rest of this one's publishers are told. For one thread.
 */
final class Acknowledger {

    private final RecentEvents recent;
    private final Executor telling;
    private CountDownLatch halfTold = new CountDownLatch(0); // of the batch before

    /**
     * @param telling where a batch's publishers are told, one task per batch
     */
    Acknowledger(RecentEvents recent, Executor telling) {
        this.recent = recent;
        this.telling = telling;
    }

    /** The batch is stored there. */
    void acknowledge(List<PendingAppend> batch, Appended appended) {
        List<Event> events = new ArrayList<>(batch.size());
        long id = appended.firstId();
        for (PendingAppend pending : batch) {
            for (NewEvent event : pending.events()) {
                events.add(new Event(
                        id++,
                        event.name(),
                        event.payload(),
                        appended.createdAt(),
                        event.source(),
                        Event.PROCESSED,
                        event.storedMetadata()));
            }
        }
        recent.addAppended(events, appended.previousAt());
        var told = new CountDownLatch(batch.size() / 2);
        halfTold = told;
        telling.execute(() -> {
            long firstId = appended.firstId();
            for (PendingAppend pending : batch) {
                pending.stored(firstId);
                firstId += pending.size();
                told.countDown();
            }
        });
    }

    /** Waits until half of the publishers of the batch before have been told, at most this long. */
    void awaitHalf(Duration timeout) throws InterruptedException {
        halfTold.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }
}
