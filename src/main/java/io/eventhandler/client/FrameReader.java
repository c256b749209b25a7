package io.eventhandler.client;

import io.eventhandler.event.Event;
import io.eventhandler.json.JsonInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads a message of the service into a {@link Frame}. For one message. */
final class FrameReader {

    private static final int MAX_DEPTH = 10_000;
    private static final JsonMapper JSON = new JsonMapper();

    private long id = -1;
    private long checkpoint = -1;
    private @Nullable String name;
    private byte @Nullable [] payload;
    private @Nullable Instant createdAt;
    private @Nullable String source;
    private @Nullable String metadata;
    private @Nullable String epoch;
    private @Nullable String status;
    private @Nullable String message;
    private byte @Nullable [] data;

    private FrameReader() {}

    static Frame read(String text) {
        try (var in = new JsonInput(text.getBytes(StandardCharsets.UTF_8), MAX_DEPTH, Integer.MAX_VALUE)) {
            return new FrameReader().read(in);
        } catch (JacksonException e) {
            return new Frame.Unreadable(new IOException("the service sent no JSON: " + JsonInput.reason(e)));
        } catch (NumberFormatException | DateTimeException e) {
            return new Frame.Unreadable(new IOException("the service sent something unexpected", e));
        }
    }

    private Frame read(JsonInput in) {
        if (in.next() != JsonToken.START_OBJECT) {
            return new Frame.Unreadable(new IOException("the service sent no JSON object"));
        }
        for (String member = in.nextMember(); member != null; member = in.nextMember()) {
            switch (member) {
                case "event_name" -> name = in.string(member);
                case "payload" -> payload = in.value();
                case "id" -> id = Long.parseLong(in.scalar());
                case "created_at" -> createdAt = Instant.parse(in.scalar());
                case "source" -> source = in.string(member);
                case "metadata" -> metadata = new String(in.value(), StandardCharsets.UTF_8);
                case "checkpoint" -> checkpoint = Long.parseLong(in.scalar());
                case "epoch" -> epoch = in.string(member);
                case "status" -> status = in.string(member);
                case "message" -> message = in.string(member);
                case "data" -> data = in.value();
                default -> in.skip();
            }
        }
        return frame();
    }

    private Frame frame() {
        if (name != null && payload != null && id > 0 && createdAt != null && source != null) {
            return new Frame.Delivered(new Event(id, name, payload, createdAt, source, Event.PROCESSED, metadata));
        }
        if (checkpoint >= 0 && epoch != null) {
            return new Frame.Checkpoint(new Cursor(checkpoint, epoch));
        }
        if (status != null && message != null && data != null) {
            return reply(status, message, JSON.readTree(data));
        }
        return new Frame.Unreadable(
                new IOException("the service sent a message that is neither an event nor an answer"));
    }

    private static Frame reply(String status, String message, JsonNode data) {
        if (status.equals("error")) {
            return new Frame.Refused(message, lost(data), after(data));
        }
        return switch (message) {
            case "subscribed" ->
                new Frame.Subscribed(new Cursor(
                        data.path("head").asLong(), data.path("epoch").asString("")));
            case "token expires" -> new Frame.TokenExpires();
            default -> new Frame.Other();
        };
    }

    private static Frame.@Nullable Lost lost(JsonNode data) {
        return data.has("head") && data.has("epoch")
                ? new Frame.Lost(
                        data.path("head").asLong(),
                        data.path("epoch").asString(),
                        data.has("earliest") ? data.path("earliest").asLong() : null)
                : null;
    }

    private static @Nullable Duration after(JsonNode data) {
        return data.has("retry_after")
                ? Duration.ofSeconds(data.path("retry_after").asLong())
                : null;
    }
}
