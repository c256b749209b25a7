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

    private final HistoryReader history;
    private final HistoryQuery query;
    private final @Nullable List<String> names;
    private final boolean isSelectedByIndex;
    private IdRange left;
    private long leftToLimit;

    /** Opens the events that the query selects, in its order, for reading at the caller's pace. */
    public static HistoryExport open(HistoryReader history, HistoryQuery query) {
        return history.readKnown(read -> {
            IdRange range = HistoryReader.range(read.sql(), query).and(read.inLog());
            return new HistoryExport(history, query, range, NameSelection.names(read.sql(), query.patterns()));
        });
    }

    private HistoryExport(HistoryReader history, HistoryQuery query, IdRange range, @Nullable List<String> names) {
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
    public EventPage next() {
        IdRange window = isSelectedByIndex ? left : left.start(WINDOW, query.ascending());
        long count = Math.min(PAGE_EVENTS, leftToLimit);
        EventPage page = history.readKnown(read -> {
            EventPage next = HistoryReader.page(read, query, window, names, count, PAGE_BYTES);
            if (query.ascending() && !window.isEmpty() && read.earliest() > window.first()) {
                throw new HistoryException(Reason.REMOVED, "events were removed before they were read");
            }
            return next;
        });
        List<Event> events = page.events();
        leftToLimit -= events.size();
        left = page.more()
                ? left.after(events.getLast().id(), query.ascending())
                : left.after(window, query.ascending());
        return new EventPage(events, leftToLimit > 0 && !left.isEmpty());
    }
}
