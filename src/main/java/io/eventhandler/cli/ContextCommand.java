package io.eventhandler.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Saves services by name, so that commands need neither address nor token. For one thread. */
@Command(
        mixinStandardHelpOptions = true,
        name = "context",
        description = "Saves where services are, with their tokens, in a file that only its user may read.")
public final class ContextCommand {

    private static final String FROM_INPUT = "-";

    private final PrintStream out;

    public ContextCommand(PrintStream out) {
        this.out = out;
    }

    private static Contexts contexts() {
        return new Contexts(Contexts.fileOf(System.getenv()));
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "add",
            description = "Saves a service, or replaces it; the first one is the current one.")
    int add(
            @Parameters(paramLabel = "NAME", description = "what to call it") String name,
            @Option(names = "--url", required = true, paramLabel = "URL", description = "its address") String url,
            @Option(
                            names = "--token",
                            paramLabel = "TOKEN",
                            description = "an API key or JSON Web Token; '-' reads a line of standard input")
                    @Nullable
                    String token)
            throws IOException {
        if (name.isBlank() || name.length() > 100 || name.chars().anyMatch(Character::isISOControl)) {
            throw CommandException.misused("a context's name has 1 to 100 characters, none of control");
        }
        var service = ServiceAddress.of(url, FROM_INPUT.equals(token) ? readToken() : token);
        Contexts contexts = contexts();
        contexts.add(name, service);
        contexts.save();
        return 0;
    }

    private static String readToken() throws IOException {
        String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        if (line == null || line.isBlank()) {
            throw CommandException.misused("standard input holds no token");
        }
        return line.strip();
    }

    @Command(mixinStandardHelpOptions = true, name = "use", description = "Makes a saved service the current one.")
    int use(@Parameters(paramLabel = "NAME", description = "what it is called") String name) {
        Contexts contexts = contexts();
        require(contexts.use(name), name);
        contexts.save();
        return 0;
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "list",
            description = "Prints the saved services, the current one with a star, without tokens.")
    int list() {
        Contexts contexts = contexts();
        for (Map.Entry<String, ServiceAddress> context : contexts.all().entrySet()) {
            String mark = context.getKey().equals(contexts.current()) ? "*" : " ";
            out.println(mark + " " + context.getKey() + " " + context.getValue().url());
        }
        return 0;
    }

    @Command(mixinStandardHelpOptions = true, name = "remove", description = "Forgets a saved service.")
    int remove(@Parameters(paramLabel = "NAME", description = "what it is called") String name) {
        Contexts contexts = contexts();
        require(contexts.remove(name), name);
        contexts.save();
        return 0;
    }

    private static void require(boolean exists, String name) {
        if (!exists) {
            throw CommandException.failed(
                    "there is no context '%s': 'context list' shows those there are".formatted(name), null);
        }
    }
}
