package io.eventhandler.subscribe;

import io.eventhandler.event.EventName;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads what a client sends on {@code /ws}. */
final class CommandParser {

    private static final String ACTIONS = "an action is subscribe, unsubscribe or ping";

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private CommandParser() {}

    /** Never throws: what can't be read is {@link Command.Invalid}. */
    static Command parse(String message) {
        JsonNode root;
        try {
            root = JSON.readTree(message);
        } catch (JacksonException e) {
            return new Command.Invalid("the message is not valid JSON: " + e.getOriginalMessage());
        }
        if (!root.isObject()) {
            return new Command.Invalid("the message must be a JSON object with an action");
        }
        JsonNode action = root.get("action");
        if (action == null) {
            return new Command.Invalid("action is missing: " + ACTIONS);
        }
        if (!action.isString()) {
            return new Command.Invalid("action must be a string: " + ACTIONS);
        }
        return switch (action.stringValue()) {
            case "ping" -> parsePing(root);
            case "subscribe", "unsubscribe" -> parseNamed(root, action.stringValue());
            default -> new Command.Invalid("unknown action '%s': %s".formatted(action.stringValue(), ACTIONS));
        };
    }

    private static Command parsePing(JsonNode root) {
        String fault = unknownMembers(root, Set.of("action"));
        return fault == null ? new Command.Ping() : new Command.Invalid(fault);
    }

    private static Command parseNamed(JsonNode root, String action) {
        JsonNode name = root.get("event_name");
        if (name == null) {
            return new Command.Invalid("event_name is missing");
        }
        if (!name.isString()) {
            return new Command.Invalid("event_name must be a string");
        }
        String fault = EventName.fault(name.stringValue());
        if (fault == null) {
            fault = unknownMembers(root, Set.of("action", "event_name"));
        }
        if (fault != null) {
            return new Command.Invalid(fault);
        }
        return action.equals("subscribe")
                ? new Command.Subscribe(name.stringValue())
                : new Command.Unsubscribe(name.stringValue());
    }

    private static @Nullable String unknownMembers(JsonNode root, Set<String> known) {
        var unknown = new TreeSet<>(root.propertyNames());
        unknown.removeAll(known);
        return unknown.isEmpty()
                ? null
                : "unknown member%s %s".formatted(unknown.size() == 1 ? "" : "s", String.join(", ", unknown));
    }
}
