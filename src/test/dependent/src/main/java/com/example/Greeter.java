package com.example;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.PublishException;
import io.eventhandler.event.NewEvent;
import io.eventhandler.service.BaseMicroservice;
import java.net.URI;
import java.util.Map;

/** Greets, and stays until it is told to stop. */
final class Greeter extends BaseMicroservice {

    private final EventClient events;

    private Greeter(URI address) {
        super("greeter");
        this.events = EventClient.of(address);
    }

    public static void main(String[] arguments) throws InterruptedException {
        new Greeter(URI.create(arguments[0])).run();
    }

    @Override
    protected void onStart() throws PublishException {
        long id = emit("greeter.greeted", Map.of("name", "world"));
        log.info("greeted with event {}", id);
    }

    @Override
    protected long emit(NewEvent event) throws PublishException {
        return events.publish(event);
    }
}
