package io.eventhandler.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.time.Instant;
import java.util.List;
import org.slf4j.event.KeyValuePair;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * Writes a log record with its key-value pairs as one line, of bounded length: of a value, a message and a stack trace
 * their beginning. Not thread-safe.
 */
final class LogLine {

    private static final int MAX_MESSAGE_LENGTH = 2_000;
    private static final int MAX_VALUE_LENGTH = 500;

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
        appendQuoted(LongText.shorten(event.getFormattedMessage(), MAX_MESSAGE_LENGTH), line);
        for (KeyValuePair pair : pairs(event)) {
            line.append(",\"").append(pair.key).append("\":");
            if (pair.value instanceof Number || pair.value instanceof Boolean) {
                line.append(pair.value);
            } else {
                appendQuoted(value(pair), line);
            }
        }
        if (event.getThrowableProxy() != null) {
            line.append(",\"exception\":");
            var trace = new StringBuilder();
            StackTrace.append(event.getThrowableProxy(), trace);
            appendQuoted(trace.toString(), line);
        }
        line.append('}');
    }

    private void appendText(ILoggingEvent event, StringBuilder line) {
        line.append(time(event)).append(' ').append(event.getLevel());
        line.append(event.getLevel().levelStr.length() < 5 ? "  " : " ");
        line.append(simpleName(event)).append(": ");
        line.append(LongText.shorten(event.getFormattedMessage(), MAX_MESSAGE_LENGTH));
        for (KeyValuePair pair : pairs(event)) {
            String value = value(pair);
            line.append(' ').append(pair.key).append('=');
            if (isPlain(value)) {
                line.append(value);
            } else {
                appendQuoted(value, line);
            }
        }
        if (event.getThrowableProxy() != null) {
            StackTrace.append(event.getThrowableProxy(), line.append('\n'));
        }
    }

    private static String value(KeyValuePair pair) {
        return LongText.shorten(String.valueOf(pair.value), MAX_VALUE_LENGTH);
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
