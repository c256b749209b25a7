package io.eventhandler.client;

import io.eventhandler.event.Event;
import io.eventhandler.json.JsonInput;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;

/** Reads an event as the service writes it. */
final class EventLine {

    private static final int MAX_DEPTH = 10_000;

    private EventLine() {}

    /**
     * Reads an event of the history, or one that was subscribed to with metadata; members that are unknown are passed over.
     *
     * @throws JacksonException when it is no JSON
     * @throws IllegalArgumentException when it is no event
     */
    static Event read(byte[] json) {
        long id = 0;
        @Nullable String name = null;
        byte @Nullable [] payload = null;
        @Nullable String createdAt = null;
        @Nullable String source = null;
        @Nullable String status = null;
        @Nullable String metadata = null;
        try (var in = new JsonInput(json, MAX_DEPTH, Integer.MAX_VALUE)) {
            if (in.next() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("it is " + in.kind());
            }
            for (String member = in.nextMember(); member != null; member = in.nextMember()) {
                switch (member) {
                    case "id" -> id = in.current() == JsonToken.VALUE_NUMBER_INT ? Long.parseLong(in.scalar()) : 0;
                    case "event_name" -> name = in.string(member);
                    case "payload" -> payload = in.value();
                    case "created_at" -> createdAt = in.string(member);
                    case "source" -> source = in.string(member);
                    case "status" -> status = in.string(member);
                    case "metadata" -> {
                        int start = in.start();
                        in.skip();
                        metadata = in.text(start, in.end());
                    }
                    default -> in.skip();
                }
            }
        }
        if (id < 1 || name == null || payload == null || createdAt == null || source == null) {
            throw new IllegalArgumentException("it lacks members");
        }
        try {
            return new Event(
                    id,
                    name,
                    payload,
                    Instant.parse(createdAt),
                    source,
                    status == null ? Event.PROCESSED : status,
                    metadata);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
