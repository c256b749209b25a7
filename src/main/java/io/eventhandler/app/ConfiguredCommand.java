package io.eventhandler.app;

import io.eventhandler.logging.Logging;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.service.Environment;
import io.eventhandler.service.InvalidSettingsException;
import io.eventhandler.service.SettingsReader;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.concurrent.Callable;

/** A command that needs the service's settings: it names all wrong ones before it begins. For one thread. */
abstract class ConfiguredCommand implements Callable<Integer> {

    private final String purpose;
    private final PrintStream err;

    /**
     * @param purpose what it could not do when it fails, such as "start"
     */
    ConfiguredCommand(String purpose, PrintStream err) {
        this.purpose = purpose;
        this.err = err;
    }

    /** Reads the settings and does it; returns the exit status. */
    @Override
    public final Integer call() throws InterruptedException {
        var reader = new SettingsReader(Environment.load());
        Settings settings = Settings.read(reader);
        checkMore(settings, reader);
        try {
            reader.check();
        } catch (InvalidSettingsException e) {
            err.println("wrong settings:\n" + e.getMessage());
            return 2;
        }
        try {
            return run(settings);
        } catch (RuntimeException | SQLException e) {
            err.println("could not %s: %s".formatted(purpose, e.getMessage() == null ? e : e.getMessage()));
            return 1;
        }
    }

    /** What it needs beyond what every command needs, told to the reader. */
    void checkMore(Settings settings, SettingsReader reader) {}

    /** Does it with settings that are right; returns the exit status. */
    abstract int run(Settings settings) throws SQLException, InterruptedException;

    /** Logs as the service does, on standard output. */
    static void logAsTheService(Settings settings) {
        Logging.configure(settings.log().format(), settings.log().level());
    }

    /** Of a command that works on the database alone. */
    static DatabaseStart start(Settings settings, String applicationName) {
        return new DatabaseStart(
                url(settings),
                settings.database().listenUrl(),
                applicationName,
                settings.database().startTimeout());
    }

    /** The database's address, which there must be. */
    static DatabaseUrl url(Settings settings) {
        DatabaseUrl url = settings.database().url();
        if (url == null) {
            throw new IllegalStateException(
                    "DATABASE_URL is not set: give the database's; the service's log shows that of the embedded PostgreSQL, which runs and migrates with it, and where its password is");
        }
        return url;
    }
}
