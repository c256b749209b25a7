package io.eventhandler.eventlog.read;

import io.eventhandler.event.Event;
import io.eventhandler.eventlog.read.HistoryException.Reason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The events that a query selects among those that the log had when it was opened: any number of them, page by page. Holds
 * no connection between pages. Not thread-safe.
 */
public final class HistoryExport {

    private static final int PAGE_EVENTS = 1_000;
    private static final long PAGE_BYTES = 1 << 20;

    /** So many ids are looked at for a page where no index tells events apart. */
    private static final int WINDOW = 20_000;

    private final History history;
    private final HistoryQuery query;
    private final @Nullable List<String> names;
    private final boolean isSelectedByIndex;
    private IdRange left;
    private long leftToLimit;
    private int fetchSize = History.FETCH_SIZE; // follows the size of the events

    HistoryExport(History history, HistoryQuery query, IdRange range, @Nullable List<String> names) {
        this.history = history;
        this.query = query;
        this.left = range;
        this.names = names;
        this.leftToLimit = query.limit();
        this.isSelectedByIndex = query.source() == null
                && query.payload() == null
                && (names != null || query.patterns().isEmpty());
    }

    /**
     * The next events; may be none though there are more.
     *
     * @throws HistoryException also when retention has removed some of the events that come next
     */
    public HistoryPage next() {
        IdRange window = isSelectedByIndex ? left : left.start(WINDOW, query.ascending());
        long count = Math.min(PAGE_EVENTS, leftToLimit);
        HistoryPage page = history.read(sql -> {
            HistoryPage read = History.page(sql, query, window, names, count, PAGE_BYTES, fetchSize);
            if (query.ascending() && !window.isEmpty() && History.earliest(sql) > window.first()) {
                throw new HistoryException(Reason.REMOVED, "events were removed before they were read");
            }
            return read;
        });
        List<Event> events = page.events();
        leftToLimit -= events.size();
        if (!events.isEmpty()) {
            fetchSize = fetchSize(events);
        }
        left = page.more()
                ? left.after(events.getLast().id(), query.ascending())
                : left.after(window, query.ascending());
        return new HistoryPage(events, leftToLimit > 0 && !left.isEmpty());
    }

    /** Rows that make a page, when the next ones are as large as these. */
    private static int fetchSize(List<Event> events) {
        long bytes = events.stream().mapToLong(event -> event.payload().length).sum();
        return Math.clamp(PAGE_BYTES * events.size() / Math.max(1, bytes), 1, History.FETCH_SIZE);
    }
}
