package io.eventhandler.history;

import io.eventhandler.event.EventName;
import io.eventhandler.eventlog.HistoryQuery;
import io.eventhandler.web.ApiException;
import io.javalin.http.Context;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the query of {@code GET /events} and writes that of its next page. */
final class HistoryParameters {

    private static final Set<String> KNOWN = Set.of("event_name", "after", "before", "order", "limit");
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;
    private static final int MAX_NAMES = 100;

    private HistoryParameters() {}

    /**
     * @throws ApiException 422 naming the parameter, its value and what is accepted
     */
    static HistoryQuery read(Context context) {
        Map<String, List<String>> parameters = context.queryParamMap();
        for (String name : new TreeSet<>(parameters.keySet())) {
            if (!KNOWN.contains(name)) {
                throw ApiException.invalid("unknown query parameter '%s', known are %s"
                        .formatted(name, String.join(", ", new TreeSet<>(KNOWN))));
            }
            if (!name.equals("event_name")
                    && parameters.getOrDefault(name, List.of()).size() > 1) {
                throw ApiException.invalid(name + " is given more than once");
            }
        }
        List<String> names = context.queryParams("event_name");
        if (names.size() > MAX_NAMES) {
            throw ApiException.invalid(
                    "at most %d event_name are accepted, there are %d".formatted(MAX_NAMES, names.size()));
        }
        for (String name : names) {
            String fault = EventName.fault(name);
            if (fault != null) {
                throw ApiException.invalid(fault);
            }
        }
        Long after = id(context, "after");
        Long before = id(context, "before");
        int limit = (int) number("limit", context.queryParam("limit"), 1, MAX_LIMIT, DEFAULT_LIMIT);
        return new HistoryQuery(names, after, before, ascending(context, after != null), limit);
    }

    private static boolean ascending(Context context, boolean byDefault) {
        String order = context.queryParam("order");
        return switch (order) {
            case "asc" -> true;
            case "desc" -> false;
            case null -> byDefault;
            default -> throw ApiException.invalid("order must be asc or desc, not '%s'".formatted(order));
        };
    }

    private static @Nullable Long id(Context context, String name) {
        String value = context.queryParam(name);
        return value == null ? null : number(name, value, 0, Long.MAX_VALUE, 0);
    }

    private static long number(String name, @Nullable String value, long min, long max, long byDefault) {
        if (value == null) {
            return byDefault;
        }
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Falls through: the message is the same.
        }
        throw ApiException.invalid("%s must be a whole number from %d to %s, not '%s'"
                .formatted(name, min, max == Long.MAX_VALUE ? "the largest id" : String.valueOf(max), value));
    }

    /** The path and query of the page that follows the one that ends with this id. */
    static String nextPage(HistoryQuery query, long lastId) {
        var path = new StringBuilder("/events?limit=").append(query.limit());
        path.append("&order=").append(query.ascending() ? "asc" : "desc");
        for (String name : query.eventNames()) {
            path.append("&event_name=").append(URLEncoder.encode(name, StandardCharsets.UTF_8));
        }
        @Nullable Long after = query.ascending() ? Long.valueOf(lastId) : query.after();
        @Nullable Long before = query.ascending() ? query.before() : Long.valueOf(lastId);
        if (after != null) {
            path.append("&after=").append(after);
        }
        if (before != null) {
            path.append("&before=").append(before);
        }
        return path.toString();
    }
}
