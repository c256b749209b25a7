package io.eventhandler.service;

import io.eventhandler.event.NewEvent;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.util.RawValue;

/** Publishes to an Event Handler over HTTP. Safe for concurrent use; holds one connection pool, so share it. */
public final class EventClient implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    private final URI publish;
    private final Supplier<@Nullable String> token;

    /**
     * For a service that asks for no credential.
     *
     * @param eventHandler the service's address, such as {@code http://event-handler-service}
     */
    public EventClient(URI eventHandler) {
        this(eventHandler, () -> null);
    }

    /**
     * @param eventHandler the service's address, such as {@code http://event-handler-service}
     * @param token gives the API key or JSON Web Token, null for none; asked for each request, so it may change
     */
    public EventClient(URI eventHandler, Supplier<@Nullable String> token) {
        this.publish = URI.create(eventHandler.toString().replaceAll("/+$", "") + "/publish");
        this.token = token;
    }

    /**
     * Publishes the event and waits until it is stored.
     *
     * @return its id
     * @throws EmitException when it was refused, or when it is not known to be stored
     */
    public long emit(NewEvent event) throws EmitException {
        var body = JSON.createObjectNode().put("event_name", event.name()).put("source", event.source());
        body.putRawValue("payload", new RawValue(new String(event.payload(), java.nio.charset.StandardCharsets.UTF_8)));
        if (event.metadata() != null) {
            body.putRawValue("metadata", new RawValue(event.metadata()));
        }
        if (event.idempotencyKey() != null) {
            body.put("idempotency_key", event.idempotencyKey());
        }
        var request = HttpRequest.newBuilder(publish)
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)));
        String credential = token.get();
        if (credential != null) {
            request.header("Authorization", "Bearer " + credential);
        }
        HttpResponse<String> response;
        try {
            response = http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new EmitException("no answer from " + publish + ": whether the event is stored is not known", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmitException("interrupted: whether the event is stored is not known", e);
        }
        if (response.statusCode() != 200) {
            throw new EmitException("%s answered %d: %s".formatted(publish, response.statusCode(), response.body()));
        }
        return response.headers()
                .firstValueAsLong("Event-Id")
                .orElseThrow(() -> new EmitException(publish + " stored the event and gave no Event-Id"));
    }

    @Override
    public void close() {
        http.close();
    }
}
