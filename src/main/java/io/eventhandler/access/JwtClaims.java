package io.eventhandler.access;

import io.eventhandler.json.Excerpt;
import io.eventhandler.json.Utf8;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a JSON Web Token must say (RFC 7519, section 4). Thread-safe.
 *
 * @param issuer of those that are taken
 * @param audience one of theirs
 */
record JwtClaims(String issuer, String audience) {

    /** By how much the issuer's clock may differ. */
    static final Duration SKEW = Duration.ofSeconds(60);

    /** RFC 7519 leaves it open; OpenID Connect, section 2, has as many. */
    private static final int MAX_SUBJECT_BYTES = 255;

    private static final long LAST_SECOND =
            Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

    /** Whom a token stands for that says this, and whose signature is right. */
    Principal read(JsonNode claims) throws InvalidTokenException {
        if (!issuer.equals(text(claims.get("iss")))) {
            throw new InvalidTokenException("the token is of another issuer" + excerpt(claims.get("iss")));
        }
        if (!isForAudience(claims.get("aud"))) {
            throw new InvalidTokenException("the token is for another audience" + excerpt(claims.get("aud")));
        }
        Instant now = Instant.now();
        Instant end = time(claims, "exp");
        if (end == null) {
            throw new InvalidTokenException("the token has no exp");
        }
        if (!now.isBefore(end.plus(SKEW))) {
            throw new InvalidTokenException("the token has expired, at " + end);
        }
        Instant start = time(claims, "nbf");
        if (start != null && now.isBefore(start.minus(SKEW))) {
            throw InvalidTokenException.forNow("the token is not valid before " + start);
        }
        return new Principal(subject(claims), null, grants(claims), null, end);
    }

    /** Until when requests with its token are taken; what it has opened ends with the token itself. */
    static @Nullable Instant end(Principal principal) {
        return principal.expiresAt() == null ? null : principal.expiresAt().plus(SKEW);
    }

    private boolean isForAudience(@Nullable JsonNode aud) {
        return aud != null
                && (aud.isArray()
                        ? aud.valueStream().anyMatch(one -> audience.equals(text(one)))
                        : audience.equals(text(aud)));
    }

    private static @Nullable String text(@Nullable JsonNode value) {
        return value == null || !value.isString() ? null : value.stringValue();
    }

    private static String excerpt(@Nullable JsonNode value) {
        return value == null ? ", which it does not name" : ": " + Excerpt.of(value.toString());
    }

    private static @Nullable Instant time(JsonNode claims, String name) throws InvalidTokenException {
        JsonNode value = claims.get(name);
        if (value == null) {
            return null;
        }
        double seconds = value.isNumber() ? value.doubleValue(Double.NaN) : Double.NaN; // also of one too large
        if (!(seconds >= 0 && seconds <= LAST_SECOND)) {
            throw new InvalidTokenException("the token's %s is not a number of seconds since 1970".formatted(name));
        }
        return Instant.ofEpochMilli((long) (seconds * 1_000));
    }

    private static String subject(JsonNode claims) throws InvalidTokenException {
        String subject = text(claims.get("sub"));
        boolean fits = subject != null
                && !subject.isEmpty()
                && Utf8.faultOf(subject) == null
                && subject.getBytes(StandardCharsets.UTF_8).length <= MAX_SUBJECT_BYTES
                && subject.chars().noneMatch(Character::isISOControl);
        if (!fits) {
            throw new InvalidTokenException(
                    "the token's sub must be a string of 1 to %d bytes without control characters"
                            .formatted(MAX_SUBJECT_BYTES));
        }
        return Objects.requireNonNull(subject);
    }

    /** A token without any stands for somebody who may do nothing. */
    private static List<Grant> grants(JsonNode claims) throws InvalidTokenException {
        JsonNode grants = claims.get("grants");
        try {
            return grants == null ? List.of() : Grants.read(grants);
        } catch (IllegalArgumentException e) {
            throw new InvalidTokenException("the token's claim is malformed: " + e.getMessage());
        }
    }
}
