package io.eventhandler.history;

import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.read.HistoryQuery;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the address of a query's next page: every parameter of the query, with a bound moved to where this page ended.
 * It is relative to the address of this page (RFC 3986, section 5.2), before whose path a proxy may have put another.
 */
final class NextPage {

    private final StringBuilder reference = new StringBuilder("events?limit=");

    private NextPage() {}

    /** The reference to the page that follows the one that ends with this id. */
    static String after(long lastId, HistoryQuery query) {
        var next = new NextPage();
        next.reference.append(query.limit());
        next.add("order", query.ascending() ? "asc" : "desc");
        for (NamePattern pattern : query.patterns()) {
            next.add("event_name", pattern.text());
        }
        next.add("source", query.source());
        next.add("payload", query.payload());
        next.add("since", query.since());
        next.add("until", query.until());
        next.add("after", query.ascending() ? Long.valueOf(lastId) : query.after());
        next.add("before", query.ascending() ? query.before() : Long.valueOf(lastId));
        return next.reference.toString();
    }

    private void add(String name, @Nullable Object value) {
        if (value != null) {
            reference.append('&').append(name).append('=');
            reference.append(URLEncoder.encode(value.toString(), StandardCharsets.UTF_8));
        }
    }
}
