package io.eventhandler.cloudevents;

import io.eventhandler.json.Excerpt;
import io.eventhandler.json.JsonInput;
import io.eventhandler.json.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The attributes of a CloudEvent in binary mode (HTTP protocol binding 1.0.2, section 3.1). */
public final class CloudEventHeaders {

    /** The header that makes a request a CloudEvent in binary mode. */
    public static final String SPECVERSION = "ce-specversion";

    private static final String PREFIX = "ce-";
    private static final String CONTENT_TYPE = "content-type";

    private CloudEventHeaders() {}

    /**
     * Hands each attribute over; a header that is at fault becomes the input's fault.
     *
     * @param headers of the request, names in any case and values
     */
    static void read(Iterable<Map.Entry<String, String>> headers, JsonInput in, BiConsumer<String, String> attributes) {
        Set<String> names = new HashSet<>();
        String contentType = null;
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.equals(CONTENT_TYPE) && contentType == null) {
                contentType = header.getValue();
            } else if (name.startsWith(PREFIX)) {
                if (!names.add(name)) {
                    in.fault("the header %s is given more than once".formatted(Excerpt.of(name)));
                }
                String value = decode(name, header.getValue(), in);
                if (value != null) {
                    attributes.accept(name.substring(PREFIX.length()), value);
                }
            }
        }
        if (names.contains(PREFIX + CloudEventAttributes.CONTENT_TYPE)) {
            in.fault("the header ce-datacontenttype is not allowed: the Content-Type says what the data is");
        }
        if (contentType != null) {
            attributes.accept(CloudEventAttributes.CONTENT_TYPE, contentType);
        }
    }

    /** Takes off quotes, which older versions of the binding have, then one round of percent-encoding. */
    private static @Nullable String decode(String name, String header, JsonInput in) {
        String value = unquote(header);
        byte[] bytes = new byte[value.length()];
        int length = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' || c > '~') {
                in.fault("the header %s must be percent-encoded, it has U+%04X at position %d"
                        .formatted(Excerpt.of(name), (int) c, i));
                return null;
            }
            if (c != '%') {
                bytes[length++] = (byte) c;
            } else if (i + 2 < value.length()
                    && HexFormat.isHexDigit(value.charAt(i + 1))
                    && HexFormat.isHexDigit(value.charAt(i + 2))) {
                bytes[length++] = (byte) HexFormat.fromHexDigits(value, i + 1, i + 3);
                i += 2;
            } else {
                in.fault("the header %s has a %% at position %d without two hexadecimal digits behind it"
                        .formatted(Excerpt.of(name), i));
                return null;
            }
        }
        byte[] decoded = Arrays.copyOf(bytes, length);
        if (!Utf8.isValid(decoded)) {
            in.fault("the header %s is not valid UTF-8 when percent-decoded".formatted(Excerpt.of(name)));
            return null;
        }
        return new String(decoded, StandardCharsets.UTF_8);
    }

    private static String unquote(String value) {
        if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
            return value;
        }
        var text = new StringBuilder(value.length());
        for (int i = 1; i < value.length() - 1; i++) {
            if (value.charAt(i) == '\\' && i + 1 < value.length() - 1) {
                i++;
            }
            text.append(value.charAt(i));
        }
        return text.toString();
    }
}
