package io.eventhandler.cloudevents;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** URI-references (RFC 3986, section 4.1). */
final class UriReference {

    private static final String UNRESERVED_MARKS = "-._~";
    private static final String RESERVED = ":/?#[]@!$&'()*+,;=";

    private UriReference() {}

    static boolean isValid(String text) {
        return parses(text, false);
    }

    /** Whether it is a URI of its own, with a scheme. */
    static boolean isUri(String text) {
        return parses(text, true);
    }

    private static boolean parses(String text, boolean withScheme) {
        if (!text.chars().allMatch(c -> c < 0x80)) { // which the parser takes for granted
            return false;
        }
        try {
            var uri = new URI(text);
            return !withScheme || uri.isAbsolute();
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** The text itself when it is valid, else with what is at fault percent-encoded. */
    static String of(String text) {
        if (isValid(text)) {
            return text;
        }
        String encoded = encode(text, UNRESERVED_MARKS + RESERVED);
        return isValid(encoded) ? encoded : encode(text, UNRESERVED_MARKS);
    }

    private static String encode(String text, String kept) {
        var encoded = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kept.indexOf(c) >= 0) {
                encoded.append(c);
            } else {
                encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        return encoded.toString();
    }
}
