package io.eventhandler.logging;

import java.io.Console;

/** How log lines look. */
public enum LogFormat {
    /** For people. */
    TEXT,
    /** One JSON object per line, for collectors. */
    JSON;

    /** {@link #TEXT} when standard output is a terminal, {@link #JSON} otherwise. */
    @SuppressWarnings("SystemConsoleNull") // it is null when standard output is a pipe
    public static LogFormat ofStandardOutput() {
        Console console = System.console();
        return console != null && console.isTerminal() ? TEXT : JSON;
    }
}
