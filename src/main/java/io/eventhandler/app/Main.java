package io.eventhandler.app;

import io.eventhandler.logging.LogFormat;
import io.eventhandler.logging.Logging;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.service.Environment;
import io.eventhandler.service.InvalidSettingsException;
import io.eventhandler.service.SettingsReader;
import java.io.PrintStream;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Starts one replica, or does what its argument says. Exit codes: 0 stopped as asked or done, 1 could not start or
 * failed, 2 wrong settings or arguments.
 */
public final class Main {

    private static final String USAGE = """
            Event Handler: an ordered event log in PostgreSQL, delivered to every subscriber.

            Usage: event-handler              starts a replica; SIGTERM stops it
                   event-handler migrate      brings the database's schema up to date
                   event-handler check URL    publishes an event to the service at URL and receives it, with the
                                              API key or JSON Web Token in EVENT_HANDLER_TOKEN, if there is one
                   event-handler keys create JSON
                                              makes an API key, in the database alone, and prints it:
                                              '{"name":"billing","grants":[{"actions":["publish"],"event_names":["order.*"]}]}'
                   event-handler keys list    prints the API keys, without their secrets
                   event-handler keys delete ID
                   event-handler --help

            Settings are environment variables, or lines of a .env file in the working directory (the environment wins):

            """;

    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(20);

    private Main() {}

    public static void main(String[] arguments) throws InterruptedException {
        int status = run(List.of(arguments), System.out, System.err);
        Logging.flush();
        System.exit(status);
    }

    private static int run(List<String> arguments, PrintStream out, PrintStream err) throws InterruptedException {
        Logging.configureForCommand(LogFormat.ofStandardOutput(), Level.WARN); // until the settings say how
        Environment environment = Environment.load();
        var reader = new SettingsReader(environment);
        Settings settings = Settings.read(reader);
        if (arguments.equals(List.of("--help")) || arguments.equals(List.of("-h"))) {
            out.print(USAGE + reader.help());
            return 0;
        }
        if (arguments.size() == 2 && arguments.getFirst().equals("check")) {
            return check(arguments.getLast(), environment.get(Check.TOKEN), out, err);
        }
        boolean isOfKeys = !arguments.isEmpty() && arguments.getFirst().equals(KeysCommand.NAME);
        boolean migrates = arguments.equals(List.of("migrate"));
        if (!arguments.isEmpty() && !migrates && !isOfKeys) {
            err.println("unknown arguments '%s'; --help shows what there is".formatted(String.join(" ", arguments)));
            return 2;
        }
        if (arguments.isEmpty()) {
            settings.checkServing(reader);
        }
        try {
            reader.check();
        } catch (InvalidSettingsException e) {
            err.println("wrong settings:\n" + e.getMessage());
            return 2;
        }
        try {
            if (isOfKeys) {
                return keys(settings, arguments.subList(1, arguments.size()), out, err);
            }
            Logging.configure(settings.log().format(), settings.log().level());
            if (migrates) {
                start(settings, "eventhandler-migrate").migrate();
            } else {
                new EventHandler(settings).run();
            }
            return 0;
        } catch (RuntimeException | SQLException e) {
            err.println("could not %s: %s"
                    .formatted(
                            isOfKeys ? "reach the API keys" : migrates ? "migrate" : "start",
                            e.getMessage() == null ? e : e.getMessage()));
            return 1;
        }
    }

    /** Of a command that works on the database alone. */
    private static DatabaseStart start(Settings settings, String applicationName) {
        return new DatabaseStart(
                url(settings),
                settings.database().listenUrl(),
                applicationName,
                settings.database().startTimeout());
    }

    private static DatabaseUrl url(Settings settings) {
        DatabaseUrl url = settings.database().url();
        if (url == null) {
            throw new IllegalStateException(
                    "DATABASE_URL is not set: give the database's; the service's log shows that of the embedded PostgreSQL, which runs and migrates with it, and where its password is");
        }
        return url;
    }

    private static int keys(Settings settings, List<String> arguments, PrintStream out, PrintStream err)
            throws SQLException, InterruptedException {
        Logging.configureForCommand(settings.log().format(), settings.log().level());
        KeysCommand command;
        try {
            command = new KeysCommand(arguments);
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            return 2;
        }
        return command.run(url(settings), start(settings, KeysCommand.APPLICATION), out, err);
    }

    private static int check(String service, @Nullable String token, PrintStream out, PrintStream err)
            throws InterruptedException {
        Check check;
        try {
            check = new Check(service, token, CHECK_TIMEOUT);
        } catch (IllegalArgumentException e) {
            err.println("check: " + e.getMessage());
            return 2;
        }
        return check.run(out, err);
    }
}
