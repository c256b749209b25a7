package io.eventhandler.json;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What a JSON parser lets through and PostgreSQL does not: invalid UTF-8, U+0000 and lone surrogates. */
public final class Utf8 {

    private Utf8() {}

    /** Whether these bytes are valid UTF-8. */
    public static boolean isValid(byte[] bytes) {
        if (isAscii(bytes)) {
            return true;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static boolean isAscii(byte[] bytes) {
        int high = 0;
        for (byte b : bytes) {
            high |= b;
        }
        return high >= 0;
    }

    /** Whether the text may hold an escape that {@link #faultOf} looks for. */
    public static boolean hasUnicodeEscape(byte[] json) {
        for (int i = 0; i + 1 < json.length; i++) {
            if (json[i] == '\\') {
                if (json[i + 1] == 'u') {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    /** What PostgreSQL can't keep of this string; null when it can. */
    public static @Nullable String faultOf(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return "\\u0000 is not allowed in a string";
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return "\\u%04x is half of a surrogate pair, the other half is missing".formatted((int) c);
            }
        }
        return null;
    }
}
