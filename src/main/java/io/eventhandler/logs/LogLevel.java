package io.eventhandler.logs;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What OpenTelemetry's severity numbers are called (logs data model, severity fields). */
enum LogLevel {
    TRACE(1),
    DEBUG(5),
    INFO(9),
    WARN(13),
    ERROR(17),
    FATAL(21);

    private static final String UNSPECIFIED = "unspecified";

    private final int lowest;

    LogLevel(int lowest) {
        this.lowest = lowest;
    }

    /** The smallest number of it. */
    int lowest() {
        return lowest;
    }

    /** The name of a number. */
    static String nameOf(int severity) {
        String name = UNSPECIFIED;
        for (LogLevel level : values()) {
            name = severity >= level.lowest ? level.text() : name;
        }
        return name;
    }

    /** The one of this name, null when there is none. */
    static @Nullable LogLevel of(String text) {
        return Arrays.stream(values())
                .filter(level -> level.text().equals(text))
                .findFirst()
                .orElse(null);
    }

    /** All of them, for people. */
    static String accepted() {
        return Arrays.stream(values()).map(LogLevel::text).collect(Collectors.joining(", "));
    }

    private String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
