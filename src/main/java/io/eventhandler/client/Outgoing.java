package io.eventhandler.client;

import io.eventhandler.event.NewEvent;
import io.eventhandler.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Events that were handed over together and are stored whole or not at all, as JSON objects with commas between. For one thread, once it was handed over; whoever handed it over may give it up. */
final class Outgoing {

    private static final JsonMapper JSON = new JsonMapper();

    private final byte[] events;
    private final int count;
    private final long deadlineNanos;
    private final CompletableFuture<List<Long>> ids = new CompletableFuture<>();
    private volatile boolean mayBeStored;

    Outgoing(byte[] events, int count, Duration timeout) {
        this.events = events;
        this.count = count;
        this.deadlineNanos = System.nanoTime() + timeout.toNanos();
    }

    /** Appends an event as a publisher sends it. */
    static void write(NewEvent event, String idempotencyKey, JsonWriter json) {
        json.raw("{\"event_name\":").string(event.name());
        if (!event.source().equals(NewEvent.DEFAULT_SOURCE)) { // which a credential may pin
            json.raw(",\"source\":").string(event.source());
        }
        json.raw(",\"payload\":").raw(event.payload());
        String metadata = event.storedMetadata();
        if (metadata != null) {
            json.raw(",\"metadata\":").raw(metadata);
        }
        json.raw(",\"idempotency_key\":").string(idempotencyKey).raw("}");
    }

    /** An event that was {@link #write written}, and refused. */
    static RefusedEvent refused(byte[] written, PublishException refusal) {
        String json = new String(written, StandardCharsets.UTF_8);
        String name;
        try {
            name = JSON.readTree(json).path("event_name").asString();
        } catch (JacksonException e) {
            name = json; // whose payload is none, which is why
        }
        return new RefusedEvent(name, json, refusal.status(), String.valueOf(refusal.getMessage()));
    }

    byte[] events() {
        return events;
    }

    int count() {
        return count;
    }

    /** Their ids, in order, once they are known to be stored. */
    CompletableFuture<List<Long>> ids() {
        return ids;
    }

    long remainingNanos() {
        return deadlineNanos - System.nanoTime();
    }

    /** A try has ended without an answer that says that nothing was stored. */
    void mayBeStored() {
        mayBeStored = true;
    }

    /** Nothing more is tried. */
    void giveUp(int status, String reason, @Nullable Throwable cause) {
        ids.completeExceptionally(
                mayBeStored
                        ? new PublishException(
                                PublishException.Outcome.UNKNOWN,
                                status,
                                "whether the event is stored is not known: " + reason,
                                cause)
                        : new PublishException(
                                PublishException.Outcome.NOT_STORED, status, "not stored: " + reason, cause));
    }

    void refused(int status, String reason) {
        ids.completeExceptionally(
                new PublishException(PublishException.Outcome.REFUSED, status, "refused: " + reason, null));
    }
}
