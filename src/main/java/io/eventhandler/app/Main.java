package io.eventhandler.app;

import io.eventhandler.logging.LogFormat;
import io.eventhandler.logging.Logging;
import java.io.PrintStream;
import org.slf4j.event.Level;

/**
 * Starts one replica, or does what its arguments say. Exit codes: 0 stopped as asked or done, 1 could not start or failed,
 * 2 wrong settings or arguments.
 */
public final class Main {

    private Main() {}

    public static void main(String[] arguments) throws InterruptedException {
        int status = run(arguments, System.out, System.err);
        Logging.flush();
        System.exit(status);
    }

    private static int run(String[] arguments, PrintStream out, PrintStream err) throws InterruptedException {
        LogFormat format = arguments.length == 0 ? LogFormat.ofStandardOutput() : LogFormat.TEXT;
        Logging.configureForCommand(format, Level.WARN); // until the settings say how
        return arguments.length == 0
                ? new ServeCommand(err).call() // without reading the other commands, which a replica doesn't need
                : RootCommand.commandLine(out, err).execute(arguments);
    }
}
