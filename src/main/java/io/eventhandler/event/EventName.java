package io.eventhandler.event;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The rule for event names: 1 to 255 bytes of UTF-8 without white space or control characters; tokens separated by
 * dots, none of them empty, none equal to the wildcards {@code *} and {@code >}.
 */
public final class EventName {

    /** The longest name, in bytes of UTF-8. */
    public static final int MAX_BYTES = 255;

    /** Begins the names of the service's own events, which nobody else publishes. */
    public static final String RESERVED = "eventhandler.";

    private EventName() {}

    /** Whether events of this name are the service's own. */
    public static boolean isReserved(String name) {
        return name.startsWith(RESERVED);
    }

    /** What is wrong with this name, as a sentence that names the rule; null when it is valid. */
    public static @Nullable String fault(String name) {
        return faultOfTokens(name, false);
    }

    /** The same rule, with or without wildcards among the tokens. */
    static @Nullable String faultOfTokens(String name, boolean wildcards) {
        if (name.isEmpty()) {
            return "event_name must not be empty";
        }
        if (name.length() > MAX_BYTES || utf8Length(name) > MAX_BYTES) {
            return "event_name must be at most %d bytes of UTF-8, this one has %d"
                    .formatted(MAX_BYTES, utf8Length(name));
        }
        int tokenStart = 0;
        for (int i = 0; i <= name.length(); i++) {
            if (i == name.length() || name.charAt(i) == '.') {
                if (i == tokenStart) {
                    return "event_name must not have an empty token, there is one at position " + i;
                }
                if (!wildcards
                        && i == tokenStart + 1
                        && (name.charAt(tokenStart) == '*' || name.charAt(tokenStart) == '>')) {
                    return "event_name must not have a wildcard, there is '%c' at position %d"
                            .formatted(name.charAt(tokenStart), tokenStart);
                }
                tokenStart = i + 1;
            } else if (isForbidden(name.charAt(i))) {
                return "event_name must not have white space or control characters, there is one at position " + i;
            }
        }
        return null;
    }

    private static boolean isForbidden(char c) {
        return c <= ' ' || (c >= 0x7f && (Character.isISOControl(c) || isSpace(c)));
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
