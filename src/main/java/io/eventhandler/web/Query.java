package io.eventhandler.web;

import io.eventhandler.event.NamePattern;
import io.eventhandler.json.Excerpt;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The parameters of a request's query, encoded as forms are (URL standard, section 5). What can't be decoded is refused. */
public final class Query {

    private static final char REPLACEMENT = '\uFFFD'; // for what came unencoded and was no UTF-8
    private static final String NO_UTF8 = "it is not UTF-8";

    /** RFC 3339, section 5.6; a plus that was not encoded arrives as a space. */
    private static final Pattern TIME = Pattern.compile(
            "(\\d{4}-\\d\\d-\\d\\d)[Tt ](\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?)(?:([Zz])|([+ -])(\\d\\d:\\d\\d))");

    private final Map<String, List<String>> parameters = new LinkedHashMap<>();

    private Query() {}

    /**
     * @param query as it came, null for none
     * @throws ApiException 400 naming the parameter that can't be decoded
     */
    public static Query of(@Nullable String query) {
        var parsed = new Query();
        if (query != null) {
            for (String pair : query.split("&", -1)) {
                if (!pair.isEmpty()) {
                    parsed.add(pair);
                }
            }
        }
        return parsed;
    }

    private void add(String pair) {
        int equals = pair.indexOf('=');
        String name = decode(equals < 0 ? pair : pair.substring(0, equals), pair);
        String value = equals < 0 ? "" : decode(pair.substring(equals + 1), name);
        parameters.computeIfAbsent(name, none -> new ArrayList<>()).add(value);
    }

    private static String decode(String text, String name) {
        if (text.chars().allMatch(c -> c < 128 && c != '%' && c != '+')) {
            return text;
        }
        var bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                bytes.write(octet(text, i, name));
                i += 2;
            } else if (c == REPLACEMENT) {
                throw undecodable(name, text, NO_UTF8);
            } else if (Character.isHighSurrogate(c)) {
                bytes.writeBytes(text.substring(i, i + 2).getBytes(StandardCharsets.UTF_8));
                i++;
            } else {
                bytes.writeBytes(String.valueOf(c == '+' ? ' ' : c).getBytes(StandardCharsets.UTF_8));
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw undecodable(name, text, NO_UTF8);
        }
    }

    private static int octet(String text, int percent, String name) {
        int high = percent + 2 < text.length() ? Character.digit(text.charAt(percent + 1), 16) : -1;
        int low = high < 0 ? -1 : Character.digit(text.charAt(percent + 2), 16);
        if (low < 0) {
            throw undecodable(name, text, "two hexadecimal digits must follow a %, which itself is written %25");
        }
        return high << 4 | low;
    }

    private static ApiException undecodable(String name, String text, String reason) {
        return new ApiException(
                400,
                "the query parameter '%s' can't be decoded from '%s': %s"
                        .formatted(Excerpt.of(name), Excerpt.of(text), reason));
    }

    /**
     * Refuses parameters that are not known, and known ones that are given more than once.
     *
     * @param repeatable those that may be
     */
    public void check(Set<String> known, Set<String> repeatable) {
        for (String name : new TreeSet<>(parameters.keySet())) {
            if (!known.contains(name)) {
                throw ApiException.invalid("unknown query parameter '%s', known are %s"
                        .formatted(Excerpt.of(name), String.join(", ", new TreeSet<>(known))));
            }
            if (!repeatable.contains(name) && all(name).size() > 1) {
                throw ApiException.invalid(name + " is given more than once");
            }
        }
    }

    /** The values of this parameter. */
    public List<String> all(String name) {
        return parameters.getOrDefault(name, List.of());
    }

    /** The first value of this parameter, null when there is none. */
    public @Nullable String first(String name) {
        List<String> values = all(name);
        return values.isEmpty() ? null : values.getFirst();
    }

    /**
     * A number from this one on, null when there is none.
     *
     * @param max null for none
     */
    public @Nullable Long number(String name, long min, @Nullable Long max) {
        String value = first(name);
        if (value == null) {
            return null;
        }
        try {
            long number = Long.parseLong(value);
            if (number >= min && (max == null || number <= max)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Falls through: the message is the same.
        }
        String range = max == null ? "%d on".formatted(min) : "%d to %d".formatted(min, max);
        throw ApiException.invalid(
                "%s must be a whole number from %s, not '%s'".formatted(name, range, Excerpt.of(value)));
    }

    /**
     * How many there may be in an answer.
     *
     * @param max the largest number there is for any
     */
    public long limit(long max, long byDefault) {
        Long limit = number("limit", 1, max == Long.MAX_VALUE ? null : Long.valueOf(max));
        return limit == null ? byDefault : limit;
    }

    /** Whether the oldest come first. */
    public boolean ascending(boolean byDefault) {
        String order = first("order");
        return switch (order) {
            case "asc" -> true;
            case "desc" -> false;
            case null -> byDefault;
            default -> throw ApiException.invalid("order must be asc or desc, not '%s'".formatted(Excerpt.of(order)));
        };
    }

    /** A time, null when there is none; in microseconds, the database's precision, rounded up: the first that is not earlier. */
    public @Nullable Instant time(String name) {
        String text = first(name);
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

    /** Names and patterns, at most so many. */
    public List<NamePattern> patterns(String name, int max) {
        List<String> texts = all(name);
        if (texts.size() > max) {
            throw ApiException.invalid("at most %d %s are accepted, there are %d".formatted(max, name, texts.size()));
        }
        for (String text : texts) {
            String fault = NamePattern.fault(text);
            if (fault != null) {
                throw ApiException.invalid(fault.replaceFirst("^event_name", name));
            }
        }
        return texts.stream().map(NamePattern::of).toList();
    }

    /**
     * The same query with other values.
     *
     * @param others by name, null to leave the parameter out
     * @return without a question mark
     */
    public String with(Map<String, @Nullable Object> others) {
        var query = new StringJoiner("&");
        parameters.forEach((name, values) -> {
            if (!others.containsKey(name)) {
                values.forEach(value -> query.add(encoded(name, value)));
            }
        });
        others.forEach((name, value) -> {
            if (value != null) {
                query.add(encoded(name, value.toString()));
            }
        });
        return query.toString();
    }

    private static String encoded(String name, String value) {
        return name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
