package io.eventhandler.cli;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.HistoryException;
import io.eventhandler.client.PublishException;
import io.eventhandler.client.SubscribeException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** A command that talks to a service. For one thread. */
abstract class ClientCommand implements Callable<Integer> {

    private static final int UNAUTHORIZED = 401;

    @Mixin
    private final ServiceOptions options = new ServiceOptions();

    @Override
    public Integer call() throws Exception {
        ServiceAddress service = options.service(argument());
        try (EventClient client = client(service).build()) {
            run(client, service);
            return 0;
        } catch (PublishException e) {
            throw failed(e, e.status(), service);
        } catch (HistoryException e) {
            throw failed(e, e.status(), service);
        } catch (SubscribeException e) {
            throw failed(e, e.status(), service);
        }
    }

    /** The service's address as its own argument, null for none. */
    @Nullable
    String argument() {
        return null;
    }

    /** Whether its options say which service. */
    final boolean isServiceGiven() {
        return options.areGiven();
    }

    /** The client that it needs. */
    EventClient.Builder client(ServiceAddress service) {
        return service.client();
    }

    /** Does it. What it throws is what is said. */
    abstract void run(EventClient client, ServiceAddress service) throws Exception;

    private static CommandException failed(Exception e, int status, ServiceAddress service) {
        String remedy = status == UNAUTHORIZED ? service.remedy() : "";
        return CommandException.failed(e.getMessage() + remedy, e);
    }
}
