package io.eventhandler.app;

import java.io.PrintStream;
import java.time.InstantSource;

/** Looks at the database that a replica would start on, with all settings of the service. For one thread. */
final class CheckDatabase extends ConfiguredCommand {

    private final PrintStream out;

    CheckDatabase(PrintStream out, PrintStream err) {
        super("check the database", err);
        this.out = out;
    }

    @Override
    int run(Settings settings) throws InterruptedException {
        return new DatabaseCheck(settings, url(settings), InstantSource.system(), out).run();
    }
}
