package io.eventhandler.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Reads the whole history as NDJSON, a megabyte a second, again and again until it is closed. */
final class SlowExport implements AutoCloseable {

    private static final int BYTES = 50_000;
    private static final Duration EVERY = Duration.ofMillis(50);

    private final Thread reading;

    SlowExport(int port) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/events?order=asc".formatted(port)))
                .header("Accept", "application/x-ndjson")
                .build();
        this.reading = Thread.ofVirtual().start(() -> readUntilInterrupted(request));
    }

    private static void readUntilInterrupted(HttpRequest request) {
        try (HttpClient http = HttpClient.newHttpClient()) {
            while (true) {
                try (InputStream events =
                        http.send(request, BodyHandlers.ofInputStream()).body()) {
                    while (events.readNBytes(BYTES).length == BYTES) {
                        Thread.sleep(EVERY);
                    }
                }
            }
        } catch (IOException | InterruptedException e) {
            // It was closed.
        }
    }

    @Override
    public void close() {
        reading.interrupt();
    }
}
