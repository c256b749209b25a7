package io.eventhandler.logging;

/** A text that may be longer than a line should be. */
final class LongText {

    private LongText() {}

    /** The text, or its beginning. */
    static String shorten(String text, int maxLength) {
        if (text.length() <= maxLength) {
            return text;
        }
        int end = maxLength - 1;
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
