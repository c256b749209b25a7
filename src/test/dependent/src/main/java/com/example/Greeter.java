package com.example;

import io.eventhandler.event.NewEvent;
import io.eventhandler.service.BaseMicroservice;
import io.eventhandler.service.EmitException;
import io.eventhandler.service.EventClient;
import java.net.URI;
import java.util.Map;

/** Greets, and stays until it is told to stop. */
final class Greeter extends BaseMicroservice {

    private final EventClient events;

    private Greeter(URI address) {
        super("greeter");
        this.events = new EventClient(address);
    }

    public static void main(String[] arguments) throws InterruptedException {
        new Greeter(URI.create(arguments[0])).run();
    }

    @Override
    protected void onStart() throws EmitException {
        long id = emit("greeter.greeted", Map.of("name", "world"));
        log.info("greeted with event {}", id);
    }

    @Override
    protected long emit(NewEvent event) throws EmitException {
        return events.emit(event);
    }
}
