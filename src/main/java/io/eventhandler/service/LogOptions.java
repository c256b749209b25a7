package io.eventhandler.service;

import io.eventhandler.logging.LogFormat;
import org.slf4j.event.Level;

/**
 * What is logged, and how.
 *
 * @param level the lowest that is logged
 */
public record LogOptions(Level level, LogFormat format) {

    /** Reads {@code LOG_LEVEL} and {@code LOG_FORMAT}. */
    public static LogOptions read(SettingsReader in) {
        return new LogOptions(
                in.choice("LOG_LEVEL", Level.INFO, "info", "the lowest level that is logged"),
                in.choice(
                        "LOG_FORMAT",
                        LogFormat.ofStandardOutput(),
                        "text on a terminal, else json",
                        "how log lines look"));
    }
}
