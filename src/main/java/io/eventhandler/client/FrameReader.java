package io.eventhandler.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads a message of the service into a {@link Frame}. */
final class FrameReader {

    private static final String EVENT = "{\"event_name\":"; // nothing else begins like this
    private static final JsonMapper JSON = new JsonMapper();

    private FrameReader() {}

    static Frame read(String message) {
        try {
            return message.startsWith(EVENT)
                    ? new Frame.Delivered(EventLine.read(message.getBytes(StandardCharsets.UTF_8)))
                    : other(JSON.readTree(message));
        } catch (JacksonException | IllegalArgumentException e) {
            return new Frame.Unreadable(new IOException("the service sent something unexpected", e));
        }
    }

    private static Frame other(JsonNode message) {
        if (message.has("checkpoint")) {
            return new Frame.Checkpoint(new Cursor(
                    message.path("checkpoint").asLong(), message.path("epoch").asString("")));
        }
        JsonNode data = message.path("data");
        String text = message.path("message").asString("");
        return switch (message.path("status").asString("")) {
            case "ok" -> answer(text, data);
            case "error" -> new Frame.Refused(text, lost(data), after(data));
            default ->
                new Frame.Unreadable(
                        new IOException("the service sent a message that is neither an event nor an answer"));
        };
    }

    private static Frame answer(String message, JsonNode data) {
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
