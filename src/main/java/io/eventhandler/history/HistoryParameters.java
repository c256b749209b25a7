package io.eventhandler.history;

import io.eventhandler.eventlog.read.HistoryQuery;
import io.eventhandler.json.JsonInput;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Query;
import java.util.Set;
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
        Long after = query.number("after", 0, null);
        return new HistoryQuery(
                query.patterns("event_name", MAX_NAMES),
                source,
                payload(query.first("payload")),
                after,
                query.number("before", 0, null),
                query.time("since"),
                query.time("until"),
                query.ascending(after != null),
                isStream ? query.limit(Long.MAX_VALUE, Long.MAX_VALUE) : query.limit(MAX_LIMIT, DEFAULT_LIMIT));
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
}
