package io.eventhandler.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.time.Instant;
import java.util.List;
import org.slf4j.event.KeyValuePair;
import tools.jackson.core.io.JsonStringEncoder;

/** Writes a log record with its key-value pairs as one line. Not thread-safe. */
final class LogLine {

    private final LogFormat format;
    private long timeMillis = -1;
    private String time = "";

    LogLine(LogFormat format) {
        this.format = format;
    }

    void append(ILoggingEvent event, StringBuilder line) {
        if (format == LogFormat.JSON) {
            appendJson(event, line);
        } else {
            appendText(event, line);
        }
        line.append('\n');
    }

    private void appendJson(ILoggingEvent event, StringBuilder line) {
        line.append("{\"time\":\"")
                .append(time(event))
                .append("\",\"level\":\"")
                .append(event.getLevel());
        line.append("\",\"logger\":\"").append(simpleName(event)).append("\",\"message\":");
        appendQuoted(event.getFormattedMessage(), line);
        for (KeyValuePair pair : pairs(event)) {
            line.append(",\"").append(pair.key).append("\":");
            if (pair.value instanceof Number || pair.value instanceof Boolean) {
                line.append(pair.value);
            } else {
                appendQuoted(String.valueOf(pair.value), line);
            }
        }
        if (event.getThrowableProxy() != null) {
            line.append(",\"exception\":");
            appendQuoted(ThrowableProxyUtil.asString(event.getThrowableProxy()), line);
        }
        line.append('}');
    }

    private void appendText(ILoggingEvent event, StringBuilder line) {
        line.append(time(event)).append(' ').append(event.getLevel());
        line.append(event.getLevel().levelStr.length() < 5 ? "  " : " ");
        line.append(simpleName(event)).append(": ").append(event.getFormattedMessage());
        for (KeyValuePair pair : pairs(event)) {
            String value = String.valueOf(pair.value);
            line.append(' ').append(pair.key).append('=');
            if (isPlain(value)) {
                line.append(value);
            } else {
                appendQuoted(value, line);
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

    private static void appendQuoted(String text, StringBuilder line) {
        line.append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, line);
        line.append('"');
    }

    /** Formatted once per millisecond. */
    private String time(ILoggingEvent event) {
        if (event.getTimeStamp() != timeMillis) {
            timeMillis = event.getTimeStamp();
            time = Instant.ofEpochMilli(timeMillis).toString();
        }
        return time;
    }

    private static String simpleName(ILoggingEvent event) {
        String name = event.getLoggerName();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static List<KeyValuePair> pairs(ILoggingEvent event) {
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        return pairs == null ? List.of() : pairs;
    }
}
