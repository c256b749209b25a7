package io.eventhandler.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.core.io.JsonStringEncoder;

/** Writes JSON in UTF-8 by hand, for texts whose shape is fixed. Not thread-safe. */
public final class JsonWriter {

    private byte[] text;
    private int length;

    public JsonWriter() {
        this(128);
    }

    /**
     * @param size bytes that it will about have
     */
    public JsonWriter(int size) {
        this.text = new byte[Math.max(16, size)];
    }

    /** Appends JSON as it stands. */
    public JsonWriter raw(String json) {
        return raw(json.getBytes(StandardCharsets.UTF_8));
    }

    /** Appends JSON in UTF-8 as it stands. */
    public JsonWriter raw(byte[] json) {
        int end = Math.addExact(length, json.length);
        if (end > text.length) {
            text = Arrays.copyOf(text, Math.clamp(2L * text.length, end, Integer.MAX_VALUE - 8));
        }
        System.arraycopy(json, 0, text, length, json.length);
        length = end;
        return this;
    }

    /** Appends a number. */
    public JsonWriter number(long value) {
        return raw(Long.toString(value));
    }

    /** Appends a quoted and escaped string. */
    public JsonWriter string(String value) {
        return raw("\"").raw(JsonStringEncoder.getInstance().quoteAsUTF8(value)).raw("\"");
    }

    /** How many bytes there are so far. */
    public int length() {
        return length;
    }

    /** The text so far. */
    @Override
    public String toString() {
        return new String(text, 0, length, StandardCharsets.UTF_8);
    }

    /** The text so far, in UTF-8. */
    public byte[] toBytes() {
        return Arrays.copyOf(text, length);
    }
}
