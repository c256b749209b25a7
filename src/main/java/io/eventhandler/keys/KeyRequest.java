package io.eventhandler.keys;

import io.eventhandler.access.ApiKeys;
import io.eventhandler.access.Grants;
import io.eventhandler.json.Excerpt;
import io.eventhandler.json.JsonInput;
import io.eventhandler.json.Utf8;
import io.eventhandler.web.ApiException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the body of {@code POST /keys}: {@code {"name":…,"grants":[…],"source":…,"expires_at":…}}. */
public final class KeyRequest {

    private static final int MAX_BYTES = 255; // of a name or a source
    private static final Set<String> KNOWN = Set.of("name", "grants", "source", "expires_at");

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(10).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private KeyRequest() {}

    /**
     * What is wanted.
     *
     * @throws ApiException 400 when it is no JSON, 422 naming the member and what is accepted
     */
    public static ApiKeys.Wanted read(byte[] body, Instant now) {
        if (!Utf8.isValid(body)) {
            throw new ApiException(400, "the body is not valid UTF-8");
        }
        JsonNode json;
        try {
            json = JSON.readTree(new String(body, StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            throw new ApiException(400, "the body is not valid JSON: " + JsonInput.reason(e));
        }
        if (!json.isObject()) {
            throw ApiException.invalid("the body must be a JSON object with name and grants");
        }
        for (String member : json.propertyNames()) {
            if (!KNOWN.contains(member)) {
                throw ApiException.invalid("unknown member '%s', known are %s"
                        .formatted(Excerpt.of(member), String.join(", ", new TreeSet<>(KNOWN))));
            }
        }
        String name = text(json, "name");
        JsonNode grants = json.get("grants");
        if (name == null || grants == null) {
            throw ApiException.invalid((name == null ? "name" : "grants") + " is missing");
        }
        try {
            return new ApiKeys.Wanted(name, Grants.read(grants), text(json, "source"), expiry(json, now));
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable String text(JsonNode json, String member) {
        JsonNode value = json.get(member);
        if (value == null || value.isNull()) {
            return null;
        }
        String fault = value.isString() ? Utf8.faultOf(value.stringValue()) : null;
        if (fault != null) {
            throw ApiException.invalid(member + ": " + fault);
        }
        boolean fits = value.isString()
                && !value.stringValue().isEmpty()
                && value.stringValue().getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES
                && value.stringValue().chars().noneMatch(Character::isISOControl);
        if (!fits) {
            throw ApiException.invalid(
                    "%s must be a string of 1 to %d bytes without control characters".formatted(member, MAX_BYTES));
        }
        return value.stringValue();
    }

    private static @Nullable Instant expiry(JsonNode json, Instant now) {
        JsonNode value = json.get("expires_at");
        if (value == null || value.isNull()) {
            return null;
        }
        try {
            Instant expiry = OffsetDateTime.parse(value.isString() ? value.stringValue() : "")
                    .toInstant();
            if (expiry.isAfter(now)) {
                return expiry;
            }
        } catch (DateTimeException e) {
            // Falls through: the message is the same.
        }
        throw ApiException.invalid("expires_at must be a time of RFC 3339 to come, such as 2030-01-31T12:00:00Z, not %s"
                .formatted(Excerpt.of(value.toString())));
    }
}
