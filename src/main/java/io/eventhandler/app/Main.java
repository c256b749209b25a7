package io.eventhandler.app;

import io.eventhandler.logging.Logging;
import io.eventhandler.service.Environment;
import io.eventhandler.service.InvalidSettingsException;
import io.eventhandler.service.SettingsReader;
import java.io.PrintStream;
import java.util.List;

/** Starts one replica. Exit codes: 0 stopped as asked, 1 could not start, 2 wrong settings or arguments. */
public final class Main {

    private static final String USAGE = """
            Event Handler: an ordered event log in PostgreSQL, delivered to every subscriber.

            Usage: event-handler [--help]

            Settings are environment variables, or lines of a .env file in the working directory (the environment wins):

            """;

    private Main() {}

    public static void main(String[] arguments) throws InterruptedException {
        int status = run(List.of(arguments), System.out, System.err);
        Logging.flush();
        System.exit(status);
    }

    private static int run(List<String> arguments, PrintStream out, PrintStream err) throws InterruptedException {
        var reader = new SettingsReader(Environment.load());
        Settings settings = Settings.read(reader);
        if (arguments.equals(List.of("--help")) || arguments.equals(List.of("-h"))) {
            out.print(USAGE + reader.help());
            return 0;
        }
        if (!arguments.isEmpty()) {
            err.println("unknown argument '%s', the only one is --help".formatted(String.join(" ", arguments)));
            return 2;
        }
        try {
            reader.check();
        } catch (InvalidSettingsException e) {
            err.println("wrong settings:\n" + e.getMessage());
            return 2;
        }
        Logging.configure(settings.logFormat(), settings.logLevel());
        try {
            new EventHandler(settings).run();
            return 0;
        } catch (RuntimeException e) {
            err.println("could not start: " + e.getMessage());
            return 1;
        }
    }
}
