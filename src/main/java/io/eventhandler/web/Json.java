package io.eventhandler.web;

import java.nio.charset.StandardCharsets;
import tools.jackson.core.io.JsonStringEncoder;

/** Writes JSON text by hand, for answers whose shape is fixed. Not thread-safe. */
public final class Json {

    private final StringBuilder text = new StringBuilder(128);

    /** Appends JSON as it stands. */
    public Json raw(CharSequence json) {
        text.append(json);
        return this;
    }

    /** Appends a number. */
    public Json number(long value) {
        text.append(value);
        return this;
    }

    /** Appends a quoted and escaped string. */
    public Json string(String value) {
        text.append('"');
        JsonStringEncoder.getInstance().quoteAsString(value, text);
        text.append('"');
        return this;
    }

    /** The text so far. */
    @Override
    public String toString() {
        return text.toString();
    }

    /** The text so far, in UTF-8. */
    public byte[] toBytes() {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
