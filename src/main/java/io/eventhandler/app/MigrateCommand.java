package io.eventhandler.app;

import java.io.PrintStream;
import java.sql.SQLException;
import picocli.CommandLine.Command;

/** Applies the migrations that a database lacks. */
@Command(mixinStandardHelpOptions = true, name = "migrate", description = "Brings the database's schema up to date.")
final class MigrateCommand extends ConfiguredCommand {

    MigrateCommand(PrintStream err) {
        super("migrate", err);
    }

    @Override
    int run(Settings settings) throws SQLException, InterruptedException {
        logAsTheService(settings);
        start(settings, "eventhandler-migrate").migrate();
        return 0;
    }
}
