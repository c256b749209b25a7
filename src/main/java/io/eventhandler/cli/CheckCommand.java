package io.eventhandler.cli;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.SubscribeOptions;
import io.eventhandler.client.Subscription;
import io.eventhandler.event.NewEvent;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Finds out whether a service works, or whether a database would do for one. For one thread. */
@Command(
        mixinStandardHelpOptions = true,
        name = "check",
        description = {
            "Publishes an event to the service and receives it; it stays in the log.",
            "With --database it looks at the database that a replica would start on, and changes nothing there."
        })
public final class CheckCommand extends ClientCommand {

    private static final String EVENT = "event-handler.check";

    private final PrintStream out;
    private final Duration timeout;
    private final Callable<Integer> ofDatabase;

    @Parameters(arity = "0..1", paramLabel = "URL", description = "the service's address, as --url")
    private @Nullable String url;

    @Option(
            names = "--database",
            description =
                    "look at the PostgreSQL of DATABASE_URL instead, with all settings of the service: what is wrong there, and what to do")
    private boolean isOfDatabase;

    /**
     * @param timeout of each step
     * @param ofDatabase looks at the database, and returns the exit status
     */
    public CheckCommand(PrintStream out, Duration timeout, Callable<Integer> ofDatabase) {
        this.out = out;
        this.timeout = timeout;
        this.ofDatabase = ofDatabase;
    }

    @Override
    public Integer call() throws Exception {
        if (!isOfDatabase) {
            return super.call();
        }
        if (url != null || isServiceGiven()) {
            throw CommandException.misused(
                    "--database looks at the database of DATABASE_URL, not at a service: leave the service's address and --token away");
        }
        return ofDatabase.call();
    }

    @Override
    @Nullable
    String argument() {
        return url;
    }

    @Override
    EventClient.Builder client(ServiceAddress service) {
        return super.client(service).timeout(timeout);
    }

    /** Behind a load balancer the two connections may meet different replicas. */
    @Override
    void run(EventClient client, ServiceAddress service) throws Exception {
        service.requireListener();
        String nonce = UUID.randomUUID().toString();
        byte[] payload = ('"' + nonce + '"').getBytes(StandardCharsets.UTF_8);
        var received = new CompletableFuture<Long>();
        Subscription subscription = client.subscribe(SubscribeOptions.of(EVENT), event -> {
            if (Arrays.equals(event.payload(), payload)) { // others may check at the same time
                received.complete(event.id());
            }
        });
        await(subscription.subscribed(), "subscribe at", service);
        long id = client.publish(new NewEvent(EVENT, "check", payload, null, nonce));
        await(CompletableFuture.anyOf(received, subscription.ended()), "receive event %d from".formatted(id), service);
        out.printf("event %d was published and received through %s%n", id, service);
    }

    private void await(CompletableFuture<?> step, String what, ServiceAddress service) throws Exception {
        try {
            step.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw CommandException.failed(
                    "could not %s %s within %d ms".formatted(what, service, timeout.toMillis()), e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception reason ? reason : e;
        }
    }
}
