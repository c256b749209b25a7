package io.eventhandler.app;

import io.eventhandler.cli.ServiceAddress;
import io.eventhandler.cli.ServiceOptions;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Finds out whether a service works. For one thread. */
@Command(
        mixinStandardHelpOptions = true,
        name = "check",
        description = "Publishes an event to the service and receives it.")
final class CheckCommand implements Callable<Integer> {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final PrintStream out;
    private final PrintStream err;

    @Mixin
    private final ServiceOptions options = new ServiceOptions();

    @Parameters(arity = "0..1", paramLabel = "URL", description = "the service's address, as --url")
    private @Nullable String url;

    CheckCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws InterruptedException {
        ServiceAddress service = options.service(url);
        return new Check(service.url().toString(), service.token(), TIMEOUT).run(out, err);
    }
}
