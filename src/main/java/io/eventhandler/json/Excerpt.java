package io.eventhandler.json;

import java.util.regex.Pattern;

/**
 * What is repeated of a client's text in answers, log lines and spans: its beginning, so that no client makes them long,
 * with a replacement for what can't be written in UTF-8, and of an API key in it no more than its id.
 */
public final class Excerpt {

    /** The most characters of it; a message repeats two texts at most. */
    public static final int MAX_LENGTH = 200;

    private static final char ELLIPSIS = '…';

    /** An API key, or how it begins: behind its id comes what is secret. */
    private static final Pattern KEY = Pattern.compile("(eh_[0-9a-f]{16}_)[A-Za-z0-9_-]+");

    private Excerpt() {}

    /** The text itself, or its beginning and an ellipsis, {@link #MAX_LENGTH} characters at most. */
    public static String of(String text) {
        return of(text, MAX_LENGTH);
    }

    /** The text itself, or its beginning and an ellipsis, so many characters at most. */
    public static String of(String text, int max) {
        if (text.length() <= max) {
            return writable(text);
        }
        int end = max - 1;
        return writable(text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end)) + ELLIPSIS;
    }

    private static String writable(String text) {
        String shown = text.contains("eh_") ? KEY.matcher(text).replaceAll("$1" + ELLIPSIS) : text;
        return Utf8.faultOf(shown) == null ? shown : shown.replaceAll("\\p{Cs}|\0", "\ufffd");
    }
}
