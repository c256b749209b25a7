package io.eventhandler.json;

/**
 * What is repeated of a client's text in answers, log lines and spans: its beginning, so that no client makes them long,
 * with a replacement for what can't be written in UTF-8.
 */
public final class Excerpt {

    /** The most characters of it; a message repeats two texts at most. */
    public static final int MAX_LENGTH = 200;

    private static final char ELLIPSIS = '…';

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
        return Utf8.faultOf(text) == null ? text : text.replaceAll("\\p{Cs}|\0", "\ufffd");
    }
}
