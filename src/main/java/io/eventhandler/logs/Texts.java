package io.eventhandler.logs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import tools.jackson.core.io.JsonStringEncoder;

/** Texts as PostgreSQL can keep them: without NUL and halves of surrogate pairs, and not longer than is bearable. */
final class Texts {

    private static final char REPLACEMENT = '\ufffd';
    private static final JsonStringEncoder QUOTES = JsonStringEncoder.getInstance();

    private Texts() {}

    /** The beginning of UTF-8, at least so many bytes of it, decoded; what is not UTF-8 is replaced. */
    static String decode(byte[] bytes, int start, int length, int enough) {
        int end = start + Math.min(length, enough);
        while (end < start + length && (bytes[end] & 0xc0) == 0x80 && end < start + enough + 3) {
            end++; // to the end of a code point
        }
        return clean(new String(bytes, start, end - start, UTF_8));
    }

    /** With a replacement for what PostgreSQL can't keep. */
    static String clean(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || Character.isSurrogate(c)) {
                return cleanFrom(text, i);
            }
        }
        return text;
    }

    private static String cleanFrom(String text, int start) {
        var clean = new StringBuilder(text);
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (c == 0 || Character.isSurrogate(c)) {
                clean.setCharAt(i, REPLACEMENT);
            }
        }
        return clean.toString();
    }

    /** How many bytes a clean text has in UTF-8. */
    static long size(CharSequence text) {
        long size = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                size += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return size;
    }

    /** As much of a clean text as has so many bytes in UTF-8, cut between code points. */
    static String cut(String text, int maxBytes) {
        if (text.length() <= maxBytes / 3) {
            return text;
        }
        int bytes = 0;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
            if (bytes > maxBytes) {
                return text.substring(0, i);
            }
            i += Character.charCount(point);
        }
        return text;
    }

    /** As a JSON string. */
    static String quote(String text) {
        var quoted = new StringBuilder(text.length() + 8).append('"');
        QUOTES.quoteAsString(text, quoted);
        return quoted.append('"').toString();
    }

    /**
     * A JSON object.
     *
     * @param members quoted names and JSON
     */
    static String object(Map<String, String> members) {
        var object = new StringBuilder();
        members.forEach((name, json) -> object.append(object.isEmpty() ? '{' : ',')
                .append(name)
                .append(':')
                .append(json));
        return object.isEmpty() ? "{}" : object.append('}').toString();
    }
}
