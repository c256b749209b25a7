package io.eventhandler.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.slf4j.event.KeyValuePair;
import tools.jackson.core.io.JsonStringEncoder;

/** Writes a log record with its key-value pairs as one line. Used by the one thread of the appender. */
final class LineEncoder extends EncoderBase<ILoggingEvent> {

    private static final byte[] NOTHING = {};

    private final LogFormat format;
    private final StringBuilder line = new StringBuilder(512);

    LineEncoder(LogFormat format) {
        this.format = format;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        line.setLength(0);
        if (format == LogFormat.JSON) {
            appendJson(event);
        } else {
            appendText(event);
        }
        return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    private void appendJson(ILoggingEvent event) {
        line.append("{\"time\":\"")
                .append(time(event))
                .append("\",\"level\":\"")
                .append(event.getLevel());
        line.append("\",\"logger\":\"").append(simpleName(event)).append("\",\"message\":");
        appendQuoted(event.getFormattedMessage());
        for (KeyValuePair pair : pairs(event)) {
            line.append(",\"").append(pair.key).append("\":");
            if (pair.value instanceof Number || pair.value instanceof Boolean) {
                line.append(pair.value);
            } else {
                appendQuoted(String.valueOf(pair.value));
            }
        }
        if (event.getThrowableProxy() != null) {
            line.append(",\"exception\":");
            appendQuoted(ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
        line.append('}');
    }

    private void appendText(ILoggingEvent event) {
        line.append(time(event)).append(' ').append(event.getLevel());
        line.append(event.getLevel().levelStr.length() < 5 ? "  " : " ");
        line.append(simpleName(event)).append(": ").append(event.getFormattedMessage());
        for (KeyValuePair pair : pairs(event)) {
            String value = String.valueOf(pair.value);
            line.append(' ').append(pair.key).append('=');
            if (isPlain(value)) {
                line.append(value);
            } else {
                appendQuoted(value);
            }
        }
        if (event.getThrowableProxy() != null) {
            line.append('\n').append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
    }

    /** No white space, quotes or control characters: such a value can't break or forge a line. */
    private static boolean isPlain(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c <= ' ' || c == '"' || c == 0x7f) {
                return false;
            }
        }
        return !value.isEmpty();
    }

    private void appendQuoted(String text) {
        line.append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, line);
        line.append('"');
    }

    private static Instant time(ILoggingEvent event) {
        return Instant.ofEpochMilli(event.getTimeStamp());
    }

    private static String simpleName(ILoggingEvent event) {
        String name = event.getLoggerName();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static List<KeyValuePair> pairs(ILoggingEvent event) {
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        return pairs == null ? List.of() : pairs;
    }

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }
}
