package io.eventhandler.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which events of the log are to be read. Immutable: each method gives another one.
 *
 * <pre>{@code HistorySelection.of("order.*").after(1041).until(Instant.now())}</pre>
 *
 * @param eventNames names and patterns, 100 at most; empty for all events that may be seen
 * @param source who published them, null for anybody
 * @param after only events behind this id, null for from the earliest on
 * @param before only events in front of this id, null for up to the newest
 * @param since only events that are not older, null for any; in microseconds
 * @param until only events that are older, null for any; in microseconds
 * @param limit so many of them at most, null for all
 */
public record HistorySelection(
        List<String> eventNames,
        @Nullable String source,
        @Nullable Long after,
        @Nullable Long before,
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable Long limit) {

    public HistorySelection {
        eventNames = List.copyOf(eventNames);
    }

    /** The events with one of these names, or that one of these patterns selects; all of them without any. */
    public static HistorySelection of(String... eventNames) {
        return new HistorySelection(List.of(eventNames), null, null, null, null, null, null);
    }

    /** Only those of this source. */
    public HistorySelection source(String name) {
        return new HistorySelection(eventNames, name, after, before, since, until, limit);
    }

    /** Only those behind this id. */
    public HistorySelection after(long id) {
        return new HistorySelection(eventNames, source, id, before, since, until, limit);
    }

    /** Only those in front of this id. */
    public HistorySelection before(long id) {
        return new HistorySelection(eventNames, source, after, id, since, until, limit);
    }

    /** Only those that were published at this time or later. */
    public HistorySelection since(Instant time) {
        return new HistorySelection(eventNames, source, after, before, time, until, limit);
    }

    /** Only those that were published before this time. */
    public HistorySelection until(Instant time) {
        return new HistorySelection(eventNames, source, after, before, since, time, limit);
    }

    /** So many of them at most, those with the smallest ids. */
    public HistorySelection limit(long count) {
        return new HistorySelection(eventNames, source, after, before, since, until, count);
    }

    /** The path and query that answers with them, in order of id. */
    String path() {
        var path = new StringBuilder("/events?order=asc");
        for (String name : eventNames) {
            add(path, "event_name", name);
        }
        add(path, "source", source);
        add(path, "after", after);
        add(path, "before", before);
        add(path, "since", since);
        add(path, "until", until);
        add(path, "limit", limit);
        return path.toString();
    }

    private static void add(StringBuilder path, String name, @Nullable Object value) {
        if (value != null) {
            path.append('&').append(name).append('=');
            path.append(URLEncoder.encode(value.toString(), StandardCharsets.UTF_8));
        }
    }
}
