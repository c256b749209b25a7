package io.eventhandler.web;

import io.eventhandler.json.Excerpt;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The parameters of a request's query, encoded as forms are (URL standard, section 5). What can't be decoded is refused. */
public final class Query {

    private static final char REPLACEMENT = '\uFFFD'; // for what came unencoded and was no UTF-8
    private static final String NO_UTF8 = "it is not UTF-8";

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
}
