package io.eventhandler.logging;

import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;

/** Writes what was thrown, with its causes and what it suppressed, as the JDK does but for a bounded length. */
final class StackTrace {

    private static final int MAX_FRAMES = 50; // of one throwable
    private static final int MAX_THROWABLES = 10; // one above the other
    private static final int MAX_SUPPRESSED = 5;
    private static final int MAX_MESSAGE_LENGTH = 500;

    private StackTrace() {}

    static void append(IThrowableProxy thrown, StringBuilder text) {
        append("", thrown, 0, text);
    }

    private static void append(String caption, IThrowableProxy thrown, int depth, StringBuilder text) {
        if (depth == MAX_THROWABLES) {
            text.append("and more causes\n");
            return;
        }
        text.append(caption).append(thrown.getClassName());
        if (thrown.getMessage() != null) {
            text.append(": ").append(LongText.shorten(thrown.getMessage(), MAX_MESSAGE_LENGTH));
        }
        text.append('\n');
        StackTraceElementProxy[] frames = thrown.getStackTraceElementProxyArray();
        int own = frames.length - thrown.getCommonFrames();
        for (int i = 0; i < Math.min(own, MAX_FRAMES); i++) {
            text.append('\t').append(frames[i]).append('\n');
        }
        if (frames.length > Math.min(own, MAX_FRAMES)) {
            text.append("\t... ")
                    .append(frames.length - Math.min(own, MAX_FRAMES))
                    .append(" more\n");
        }
        IThrowableProxy[] suppressed = thrown.getSuppressed();
        for (int i = 0; i < Math.min(suppressed.length, MAX_SUPPRESSED); i++) {
            append("Suppressed: ", suppressed[i], MAX_THROWABLES - 1, text); // without its causes
        }
        if (thrown.getCause() != null) {
            append("Caused by: ", thrown.getCause(), depth + 1, text);
        }
    }
}
