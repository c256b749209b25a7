package io.eventhandler.logs;

import io.eventhandler.event.NamePattern;
import io.eventhandler.json.Excerpt;
import io.eventhandler.json.JsonInput;
import io.eventhandler.logstore.LogQuery;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Query;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;

/** Reads the query of {@code GET /logs}. */
final class LogParameters {

    private static final Set<String> KNOWN = Set.of(
            "service", "level", "since", "until", "text", "trace_id", "attribute", "order", "limit", "after", "before");
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_SERVICES = 100;
    private static final int MAX_TEXT = 1_000;
    private static final int MAX_DEPTH = 100;
    private static final Pattern TRACE_ID = Pattern.compile("[0-9a-fA-F]{32}");

    private final Query query;

    private LogParameters(Query query) {
        this.query = query;
    }

    /**
     * @param queryString as it came, null for none
     * @throws ApiException 400 when it can't be decoded, 422 naming a parameter that is unknown
     */
    static LogParameters of(@Nullable String queryString) {
        Query query = Query.of(queryString);
        query.check(KNOWN, Set.of("service"));
        return new LogParameters(query);
    }

    /** Names and patterns of services; empty for all. */
    List<NamePattern> services() {
        return query.patterns("service", MAX_SERVICES);
    }

    /**
     * What it selects.
     *
     * @param services what it may see of these, empty for all
     * @throws ApiException 422 naming the parameter, its value and what is accepted
     */
    LogQuery select(List<NamePattern> services) {
        Long after = query.number("after", 0, null);
        return new LogQuery(
                services.isEmpty() ? null : services,
                severity(),
                query.time("since"),
                query.time("until"),
                text(),
                traceId(),
                attributes(),
                query.ascending(after != null),
                limit(),
                after,
                query.number("before", 0, null));
    }

    /** How many records an answer has at most. */
    int limit() {
        return (int) query.limit(LogQuery.MAX_LIMIT, DEFAULT_LIMIT);
    }

    private @Nullable Integer severity() {
        String name = query.first("level");
        if (name == null) {
            return null;
        }
        LogLevel level = LogLevel.of(name);
        if (level == null) {
            throw ApiException.invalid(
                    "level must be one of %s, not '%s'".formatted(LogLevel.accepted(), Excerpt.of(name)));
        }
        return level.lowest();
    }

    private @Nullable String text() {
        String text = query.first("text");
        if (text != null && (text.isEmpty() || text.length() > MAX_TEXT || text.indexOf('\0') >= 0)) {
            throw ApiException.invalid("text must have 1 to %d characters, none of them NUL".formatted(MAX_TEXT));
        }
        return text;
    }

    private @Nullable String traceId() {
        String traceId = query.first("trace_id");
        if (traceId != null && !TRACE_ID.matcher(traceId).matches()) {
            throw ApiException.invalid(
                    "trace_id must have 32 hexadecimal digits, this one is '%s'".formatted(Excerpt.of(traceId)));
        }
        return traceId == null ? null : traceId.toLowerCase(Locale.ROOT);
    }

    private @Nullable String attributes() {
        String json = query.first("attribute");
        if (json == null) {
            return null;
        }
        try (var in = new JsonInput(json.getBytes(StandardCharsets.UTF_8), MAX_DEPTH, Integer.MAX_VALUE)) {
            if (in.next() == JsonToken.START_OBJECT) {
                in.skip();
                if (in.fault() == null && in.next() == null) {
                    return json;
                }
            }
        } catch (JacksonException e) {
            // Falls through: the message is the same.
        }
        throw ApiException.invalid(
                "attribute must be a JSON object that attributes contain, such as {\"http.status\":500}, not '%s'"
                        .formatted(Excerpt.of(json)));
    }

    /** The page that follows the one that ends with this id, relative to the address of this one. */
    String nextPage(LogQuery page, long lastId) {
        Map<String, @Nullable Object> changed = new LinkedHashMap<>();
        changed.put("limit", page.limit());
        changed.put("order", page.ascending() ? "asc" : "desc");
        changed.put(page.ascending() ? "after" : "before", lastId);
        return "logs?" + query.with(changed);
    }
}
