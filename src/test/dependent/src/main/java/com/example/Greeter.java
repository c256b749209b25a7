package com.example;

import io.eventhandler.service.BaseMicroservice;
import java.util.Map;

/** Greets, and stays until it is told to stop. */
final class Greeter extends BaseMicroservice {

    private Greeter() {
        super("greeter");
    }

    public static void main(String[] arguments) {
        new Greeter().runAndExit();
    }

    @Override
    protected void onStart() {
        emit("greeter.greeted", Map.of("name", "world"));
        log.info("greeted");
    }
}
