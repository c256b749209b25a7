package io.eventhandler.history;

import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.read.HistoryQuery;
import io.eventhandler.json.Excerpt;
import io.eventhandler.json.JsonInput;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Query;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reads the query of {@code GET /events}. */
final class HistoryParameters {

    private static final Set<String> KNOWN =
            Set.of("event_name", "source", "payload", "after", "before", "since", "until", "order", "limit");
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;
    private static final int MAX_NAMES = 100;

    /** RFC 3339, section 5.6; a plus that was not encoded arrives as a space. */
    private static final Pattern TIME = Pattern.compile(
            "(\\d{4}-\\d\\d-\\d\\d)[Tt ](\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?)(?:([Zz])|([+ -])(\\d\\d:\\d\\d))");

    private static final JsonMapper STRICT = JsonMapper.builder(JsonFactory.builder()
                    .disable(
                            TokenStreamFactory.Feature
                                    .CANONICALIZE_PROPERTY_NAMES) // which would remember what clients name
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private HistoryParameters() {}

    /**
     * @param queryString as it came, null for none
     * @param isStream whether the answer may have any length
     * @throws ApiException 400 when it can't be decoded, 422 naming the parameter, its value and what is accepted
     */
    static HistoryQuery read(@Nullable String queryString, boolean isStream) {
        Query query = Query.of(queryString);
        query.check(KNOWN, Set.of("event_name"));
        String source = query.first("source");
        if (source != null && source.isEmpty()) {
            throw ApiException.invalid("source must not be empty");
        }
        Long after = id(query, "after");
        return new HistoryQuery(
                patterns(query.all("event_name")),
                source,
                payload(query.first("payload")),
                after,
                id(query, "before"),
                time(query, "since"),
                time(query, "until"),
                ascending(query, after != null),
                limit(query.first("limit"), isStream));
    }

    private static List<NamePattern> patterns(List<String> texts) {
        if (texts.size() > MAX_NAMES) {
            throw ApiException.invalid(
                    "at most %d event_name are accepted, there are %d".formatted(MAX_NAMES, texts.size()));
        }
        for (String text : texts) {
            String fault = NamePattern.fault(text);
            if (fault != null) {
                throw ApiException.invalid(fault);
            }
        }
        return texts.stream().map(NamePattern::of).toList();
    }

    private static @Nullable String payload(@Nullable String json) {
        if (json == null) {
            return null;
        }
        try {
            if (STRICT.readTree(json).isMissingNode()) {
                throw ApiException.invalid("payload must be JSON, it is empty");
            }
            return json;
        } catch (StreamConstraintsException e) {
            throw ApiException.invalid("payload is beyond a limit: " + JsonInput.reason(e));
        } catch (JacksonException e) {
            throw ApiException.invalid(
                    "payload must be JSON that events' payloads contain, with no member twice; it is malformed at position %d"
                            .formatted(Math.max(0, e.getLocation().getCharOffset())));
        }
    }

    /** In microseconds, the log's precision, rounded up: the first that is not earlier. */
    private static @Nullable Instant time(Query query, String name) {
        String text = query.first(name);
        if (text == null) {
            return null;
        }
        var matcher = TIME.matcher(text);
        if (matcher.matches()) {
            String sign = matcher.group(4) == null ? "" : matcher.group(4).replace(' ', '+');
            String offset = matcher.group(3) == null ? sign + matcher.group(5) : "Z";
            try {
                Instant time = OffsetDateTime.parse(matcher.group(1) + "T" + matcher.group(2) + offset)
                        .toInstant();
                Instant micros = time.truncatedTo(ChronoUnit.MICROS);
                return micros.equals(time) ? time : micros.plus(1, ChronoUnit.MICROS);
            } catch (DateTimeException e) {
                // Falls through: the message is the same.
            }
        }
        throw ApiException.invalid(
                "%s must be a time of RFC 3339, such as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.5%%2B01:00, not '%s'"
                        .formatted(name, Excerpt.of(text)));
    }

    private static boolean ascending(Query query, boolean byDefault) {
        String order = query.first("order");
        return switch (order) {
            case "asc" -> true;
            case "desc" -> false;
            case null -> byDefault;
            default -> throw ApiException.invalid("order must be asc or desc, not '%s'".formatted(Excerpt.of(order)));
        };
    }

    private static long limit(@Nullable String value, boolean isStream) {
        return isStream
                ? number("limit", value, 1, Long.MAX_VALUE, Long.MAX_VALUE)
                : number("limit", value, 1, MAX_LIMIT, DEFAULT_LIMIT);
    }

    private static @Nullable Long id(Query query, String name) {
        String value = query.first(name);
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
        String range = max == Long.MAX_VALUE ? "%d on".formatted(min) : "%d to %d".formatted(min, max);
        throw ApiException.invalid(
                "%s must be a whole number from %s, not '%s'".formatted(name, range, Excerpt.of(value)));
    }
}
