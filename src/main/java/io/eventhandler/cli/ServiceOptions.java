package io.eventhandler.cli;

import io.eventhandler.service.Environment;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Where the service is that a command talks to: what its arguments say, else the environment, else the current context. A
 * context's token goes to that context's address alone. For one thread.
 */
public final class ServiceOptions {

    /** The variable with the service's address. */
    private static final String URL = "EVENT_HANDLER_URL";

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "the service, such as http://event-handler-service; else " + URL + ", else the context's")
    private @Nullable String url;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "an API key or JSON Web Token; else " + ServiceAddress.TOKEN
                    + ", which no list of processes shows, else the context's")
    private @Nullable String token;

    /** Whether the command line has any of them. */
    public boolean areGiven() {
        return url != null || token != null;
    }

    /**
     * The service.
     *
     * @throws CommandException when nothing says where it is, or what says it is wrong
     */
    public ServiceAddress service() {
        return service(null);
    }

    /**
     * The service, when the command has an argument for it.
     *
     * @param argument null to look elsewhere
     * @throws CommandException when nothing says where it is, or what says it is wrong
     */
    public ServiceAddress service(@Nullable String argument) {
        Environment environment = Environment.load();
        String address = first(argument, url, environment.get(URL));
        String credential = first(token, environment.get(ServiceAddress.TOKEN), null);
        if (address != null) {
            return ServiceAddress.of(address, credential);
        }
        var contexts = new Contexts(Contexts.fileOf(System.getenv()));
        ServiceAddress context = contexts.get(contexts.current());
        if (context == null) {
            throw CommandException.misused(
                    "nothing says where the service is: give --url, set %s, or save it with 'context add'"
                            .formatted(URL));
        }
        return credential == null ? context : new ServiceAddress(context.url(), checked(context, credential));
    }

    private static @Nullable String checked(ServiceAddress context, String credential) {
        return ServiceAddress.of(context.url().toString(), credential).token();
    }

    private static @Nullable String first(@Nullable String a, @Nullable String b, @Nullable String c) {
        return a != null ? a : b != null ? b : c;
    }
}
