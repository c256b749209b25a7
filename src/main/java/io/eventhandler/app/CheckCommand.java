package io.eventhandler.app;

import io.eventhandler.cli.CommandException;
import io.eventhandler.cli.ServiceAddress;
import io.eventhandler.cli.ServiceOptions;
import io.eventhandler.postgres.DatabaseUrl;
import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Finds out whether a service works, or whether a database would do for one. For one thread. */
@Command(
        mixinStandardHelpOptions = true,
        name = "check",
        description = {
            "Publishes an event to the service and receives it.",
            "With --database it looks at the database that a replica would start on, and changes nothing there."
        })
final class CheckCommand implements Callable<Integer> {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final PrintStream out;
    private final PrintStream err;

    @Mixin
    private final ServiceOptions options = new ServiceOptions();

    @Parameters(arity = "0..1", paramLabel = "URL", description = "the service's address, as --url")
    private @Nullable String url;

    @Option(
            names = "--database",
            description =
                    "look at the PostgreSQL of DATABASE_URL instead, with all settings of the service: what is wrong there, and what to do")
    private boolean ofDatabase;

    CheckCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (ofDatabase) {
            if (url != null || options.areGiven()) {
                throw CommandException.misused(
                        "--database looks at the database of DATABASE_URL, not at a service: leave the service's address and --token away");
            }
            return new DatabaseOfSettings(out, err).call();
        }
        ServiceAddress service = options.service(url);
        return new Check(service.url().toString(), service.token(), TIMEOUT).run(out, err);
    }

    private static final class DatabaseOfSettings extends ConfiguredCommand {

        private final PrintStream out;

        DatabaseOfSettings(PrintStream out, PrintStream err) {
            super("check the database", err);
            this.out = out;
        }

        @Override
        int run(Settings settings) throws InterruptedException {
            DatabaseUrl url = url(settings);
            return new DatabaseCheck(settings, url, InstantSource.system(), out).run();
        }
    }
}
