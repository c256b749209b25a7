package io.eventhandler.app;

import io.eventhandler.service.SettingsReader;
import java.io.PrintStream;
import picocli.CommandLine.Command;

/** Runs a replica until it is told to stop. */
@Command(
        mixinStandardHelpOptions = true,
        name = "serve",
        description = "Starts a replica, as no command does; SIGTERM stops it.")
final class ServeCommand extends ConfiguredCommand {

    ServeCommand(PrintStream err) {
        super("start", err);
    }

    @Override
    void checkMore(Settings settings, SettingsReader reader) {
        settings.checkServing(reader);
    }

    @Override
    int run(Settings settings) throws InterruptedException {
        logAsTheService(settings);
        new EventHandler(settings).run();
        return 0;
    }
}
