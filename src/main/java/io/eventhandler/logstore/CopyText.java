package io.eventhandler.logstore;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Rows in the text format of PostgreSQL's COPY. For one thread, and for one batch after another. */
final class CopyText {

    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");
    private static final int MAX_KEPT = 8 << 20; // of the buffer, after a batch that was larger

    private StringBuilder text = new StringBuilder();
    private boolean rowBegun;

    void clear() {
        if (text.capacity() > MAX_KEPT) {
            text = new StringBuilder();
        }
        text.setLength(0);
        rowBegun = false;
    }

    /** One more field. */
    CopyText field(@Nullable String value) {
        separate();
        if (value == null) {
            text.append("\\N");
        } else {
            escaped(value);
        }
        return this;
    }

    CopyText field(long value) {
        separate();
        text.append(value);
        return this;
    }

    /** A time, as near to it as a calendar of four-digit years can be. */
    CopyText field(@Nullable Instant time) {
        separate();
        if (time == null) {
            text.append("\\N");
        } else {
            text.append(time.isBefore(EARLIEST) ? EARLIEST : time.isAfter(LATEST) ? LATEST : time);
        }
        return this;
    }

    void endRow() {
        text.append('\n');
        rowBegun = false;
    }

    byte[] bytes() {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void separate() {
        if (rowBegun) {
            text.append('\t');
        }
        rowBegun = true;
    }

    private void escaped(String value) {
        int copied = 0;
        for (int i = 0; i < value.length(); i++) {
            char letter = switch (value.charAt(i)) {
                case '\\' -> '\\';
                case '\n' -> 'n';
                case '\r' -> 'r';
                case '\t' -> 't';
                default -> 0;
            };
            if (letter != 0) {
                text.append(value, copied, i).append('\\').append(letter);
                copied = i + 1;
            }
        }
        text.append(value, copied, value.length());
    }
}
