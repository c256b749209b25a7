package io.eventhandler.logs;

import java.util.Base64;

/**
 * An {@code AnyValue}: a text, or JSON. Of a large one only the beginning is kept.
 *
 * @param text clean, {@link #MAX_BYTES} of UTF-8 at most
 * @param bytes what all of it would have
 * @param isText whether it is yet to be quoted to be JSON
 */
record Value(String text, long bytes, boolean isText) {

    /** The most that is kept of one value. */
    static final int MAX_BYTES = 64 << 10;

    /** Arrays and lists may be so deep within each other. */
    static final int MAX_DEPTH = 20;

    /** None is set. */
    static final Value NOTHING = json("null");

    static final Value EMPTY = text("");

    /** What stands for an array or a list that is too deep. */
    static final Value TOO_DEEP = text("(nested more than %d deep)".formatted(MAX_DEPTH));

    static Value text(String text) {
        String clean = Texts.clean(text);
        return kept(clean, Texts.size(clean), true);
    }

    /** A text in UTF-8, or what should be. */
    static Value text(byte[] utf8, int start, int length) {
        String text = Texts.decode(utf8, start, length, MAX_BYTES);
        return kept(text, Math.max(length, Texts.size(text)), true);
    }

    /** JSON as it stands, of which there may have been more. */
    static Value json(String json, long bytes) {
        return kept(json, bytes, false);
    }

    static Value json(String json) {
        return json(json, Texts.size(json));
    }

    /** JSON knows no infinity. */
    static Value number(double number) {
        return Double.isFinite(number) ? json(Double.toString(number)) : text(Double.toString(number));
    }

    /** Base64, as protobuf's JSON has bytes. */
    static Value binary(byte[] bytes, int start, int length) {
        byte[] kept = new byte[Math.min(length, MAX_BYTES / 4 * 3)];
        System.arraycopy(bytes, start, kept, 0, kept.length);
        return kept(Base64.getEncoder().encodeToString(kept), (length + 2L) / 3 * 4, true);
    }

    private static Value kept(String text, long bytes, boolean isText) {
        return new Value(bytes > MAX_BYTES ? Texts.cut(text, MAX_BYTES) : text, bytes, isText);
    }

    boolean isCut() {
        return bytes > MAX_BYTES;
    }

    /** As JSON, as far as it was kept. */
    String json() {
        return isText ? Texts.quote(text) : text;
    }

    /** The size of all of it as JSON, about when it is cut. */
    long size(String json) {
        return Math.max(bytes, Texts.size(json));
    }
}
