package io.eventhandler.cli;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.HistorySelection;
import io.eventhandler.client.SubscribeException;
import java.util.concurrent.TimeoutException;

/** How much of a part of the log has been read, roughly. For one thread. */
final class Share {

    private final long last;
    private final long limit;
    private long first;

    private Share(long last, long limit) {
        this.last = last;
        this.limit = limit;
    }

    /** Of these events; it is looked for their end only if somebody sees it. */
    static Share of(EventClient client, HistorySelection selected, ProgressLine progress) throws InterruptedException {
        Long limit = selected.limit();
        Long before = selected.before();
        long last = 0;
        if (progress.isShown() && selected.until() == null) {
            try {
                last = LogHead.of(client, selected.eventNames());
                last = before == null ? last : Math.min(last, before - 1);
            } catch (SubscribeException | TimeoutException e) {
                last = 0; // the command itself says what is wrong
            }
        }
        return new Share(last, limit == null ? 0 : limit);
    }

    /**
     * From 0 to 1, 0 when it is not known.
     *
     * @param id of the event that was read last
     * @param count of those that were read
     */
    double at(long id, long count) {
        first = first == 0 ? id : first;
        double byId = last > first ? (double) (id - first) / (last - first) : 0;
        return limit > 0 ? Math.max(byId, (double) count / limit) : byId;
    }
}
