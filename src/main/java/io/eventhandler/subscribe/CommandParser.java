package io.eventhandler.subscribe;

import io.eventhandler.event.NamePattern;
import io.eventhandler.json.Excerpt;
import io.eventhandler.json.JsonInput;
import io.eventhandler.json.Utf8;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads what a client sends on {@code /ws}. */
final class CommandParser {

    /** The most names of one command. */
    static final int MAX_NAMES = 1_000;

    /** The most events that {@code last} may ask for. */
    static final int MAX_LAST = 1_000;

    private static final int MAX_REQUEST_ID = 255;

    /** What bounds the memory of a command that is being read, whatever it looks like. */
    private static final int MAX_DEPTH = 10;

    private static final int MAX_TOKENS = MAX_NAMES + 100;
    private static final int MAX_NUMBER_LENGTH = 100;

    private static final String ACTIONS = "an action is subscribe, unsubscribe, authenticate or ping";
    private static final Set<String> SUBSCRIBE =
            Set.of("action", "event_name", "event_names", "after", "last", "epoch", "metadata", "request_id");
    private static final Set<String> UNSUBSCRIBE = Set.of("action", "event_name", "event_names", "request_id");

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxTokenCount(MAX_TOKENS)
                            .maxNumberLength(MAX_NUMBER_LENGTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final JsonNode root;

    private CommandParser(JsonNode root) {
        this.root = root;
    }

    /** What is wrong with a command. */
    private static final class InvalidException extends Exception {
        private static final long serialVersionUID = 1L;

        InvalidException(String message) {
            super(message, null, false, false);
        }
    }

    /** Never throws: what can't be read is {@link Command.Invalid}. */
    static Command parse(String message) {
        JsonNode root;
        try {
            root = JSON.readTree(message);
        } catch (StreamConstraintsException e) {
            return new Command.Invalid(
                    "the message is beyond a limit: a command has at most %d names, is nested at most %d deep, and its numbers have at most %d digits"
                            .formatted(MAX_NAMES, MAX_DEPTH, MAX_NUMBER_LENGTH),
                    null);
        } catch (JacksonException e) {
            return new Command.Invalid("the message is not valid JSON: " + reason(e), null);
        }
        if (!root.isObject()) {
            return new Command.Invalid("the message must be a JSON object with an action", null);
        }
        try {
            return new CommandParser(root).parse();
        } catch (InvalidException e) {
            JsonNode requestId = root.get("request_id");
            boolean usable = requestId != null && isRequestId(requestId);
            return new Command.Invalid(String.valueOf(e.getMessage()), usable ? requestId.stringValue() : null);
        }
    }

    /** What is wrong and where. */
    private static String reason(JacksonException e) {
        String what = Excerpt.of(JsonInput.reason(e));
        TokenStreamLocation where = e.getLocation();
        return "%s at line %d, column %d".formatted(what, where.getLineNr(), where.getColumnNr());
    }

    private static boolean isRequestId(JsonNode value) {
        return value.isString()
                && value.stringValue().length() <= MAX_REQUEST_ID
                && Utf8.faultOf(value.stringValue()) == null;
    }

    private static void check(String member, String text) throws InvalidException {
        String fault = Utf8.faultOf(text);
        if (fault != null) {
            throw new InvalidException("%s: %s".formatted(member, fault));
        }
    }

    private Command parse() throws InvalidException {
        JsonNode action = root.get("action");
        if (action == null) {
            throw new InvalidException("action is missing: " + ACTIONS);
        }
        if (!action.isString()) {
            throw new InvalidException("action must be a string: " + ACTIONS);
        }
        return switch (action.stringValue()) {
            case "ping" -> parsePing();
            case "subscribe" -> parseSubscribe();
            case "unsubscribe" -> parseUnsubscribe();
            case "authenticate" -> parseAuthenticate();
            default ->
                throw new InvalidException(
                        "unknown action '%s': %s".formatted(Excerpt.of(action.stringValue()), ACTIONS));
        };
    }

    private Command parsePing() throws InvalidException {
        checkMembers("ping", Set.of("action"));
        return new Command.Ping();
    }

    private Command parseAuthenticate() throws InvalidException {
        JsonNode token = root.get("token");
        if (token == null || !token.isString()) {
            throw new InvalidException("token must be a string");
        }
        String requestId = requestId();
        checkMembers("authenticate", Set.of("action", "token", "request_id"));
        return new Command.Authenticate(token.stringValue(), requestId);
    }

    private Command parseUnsubscribe() throws InvalidException {
        Command.Target target = parseTarget();
        checkMembers("unsubscribe", UNSUBSCRIBE);
        return new Command.Unsubscribe(target);
    }

    private Command parseSubscribe() throws InvalidException {
        Command.Target target = parseTarget();
        checkMembers("subscribe", SUBSCRIBE);
        Long after = number("after", 0, Long.MAX_VALUE);
        Long last = number("last", 1, MAX_LAST);
        if (after != null && last != null) {
            throw new InvalidException("after and last exclude each other");
        }
        JsonNode metadata = root.get("metadata");
        if (metadata != null && !metadata.isBoolean()) {
            throw new InvalidException("metadata must be true or false");
        }
        JsonNode epoch = root.get("epoch");
        if (epoch != null && !epoch.isString()) {
            throw new InvalidException("epoch must be a string");
        }
        if (epoch != null) {
            check("epoch", epoch.stringValue());
        }
        boolean implied = after != null || last != null;
        return new Command.Subscribe(
                target,
                after,
                last == null ? null : last.intValue(),
                metadata == null ? implied : metadata.booleanValue(),
                epoch == null ? null : epoch.stringValue());
    }

    private @Nullable String requestId() throws InvalidException {
        JsonNode requestId = root.get("request_id");
        if (requestId == null) {
            return null;
        }
        if (!isRequestId(requestId)) {
            throw new InvalidException(
                    "request_id must be a string of at most %d characters, without \\u0000 or half of a surrogate pair"
                            .formatted(MAX_REQUEST_ID));
        }
        return requestId.stringValue();
    }

    private Command.Target parseTarget() throws InvalidException {
        String requestId = requestId();
        JsonNode name = root.get("event_name");
        JsonNode names = root.get("event_names");
        if (name == null && names == null) {
            throw new InvalidException("event_name is missing");
        }
        if (name != null && names != null) {
            throw new InvalidException("event_name and event_names exclude each other");
        }
        return new Command.Target(
                name == null ? patterns(names) : List.of(pattern(name, "event_name")), name == null, requestId);
    }

    private static List<NamePattern> patterns(JsonNode names) throws InvalidException {
        if (!names.isArray() || names.isEmpty() || names.size() > MAX_NAMES) {
            throw new InvalidException("event_names must be an array of 1 to %d strings%s"
                    .formatted(MAX_NAMES, names.isArray() ? ", this one has " + names.size() : ""));
        }
        Set<NamePattern> patterns = new LinkedHashSet<>();
        for (int i = 0; i < names.size(); i++) {
            patterns.add(pattern(names.get(i), "event_names[%d]".formatted(i)));
        }
        return new ArrayList<>(patterns);
    }

    private static NamePattern pattern(JsonNode text, String member) throws InvalidException {
        if (!text.isString()) {
            throw new InvalidException(member + " must be a string");
        }
        check(member, text.stringValue());
        String fault = NamePattern.fault(text.stringValue());
        if (fault != null) {
            throw new InvalidException(member + fault.substring("event_name".length()));
        }
        return NamePattern.of(text.stringValue());
    }

    private @Nullable Long number(String member, long min, long max) throws InvalidException {
        JsonNode value = root.get(member);
        if (value == null) {
            return null;
        }
        if (!value.canConvertToExactIntegral()
                || !value.canConvertToLong()
                || value.longValue() < min
                || value.longValue() > max) {
            throw new InvalidException("%s must be a whole number from %d to %s, not %s"
                    .formatted(
                            member,
                            min,
                            max == Long.MAX_VALUE ? "the head" : String.valueOf(max),
                            Excerpt.of(value.toString())));
        }
        return value.longValue();
    }

    private void checkMembers(String action, Set<String> known) throws InvalidException {
        var unknown = new TreeSet<>(root.propertyNames());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new InvalidException("unknown member%s %s, known for %s are %s"
                    .formatted(
                            unknown.size() == 1 ? "" : "s",
                            Excerpt.of(String.join(", ", unknown)),
                            action,
                            String.join(", ", new TreeSet<>(known))));
        }
    }
}
