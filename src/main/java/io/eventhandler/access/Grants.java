package io.eventhandler.access;

import io.eventhandler.event.NamePattern;
import io.eventhandler.json.Excerpt;
import io.eventhandler.json.JsonWriter;
import io.eventhandler.json.Utf8;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Grants as JSON: {@code [{"actions":["publish","subscribe"],"event_names":["order.*"]}]}. */
public final class Grants {

    private static final int MAX_GRANTS = 100;
    private static final int MAX_PATTERNS = 1_000; // of all grants together

    private Grants() {}

    /**
     * Reads them.
     *
     * @throws IllegalArgumentException that says what is wrong, where, and what is accepted
     */
    public static List<Grant> read(JsonNode json) {
        if (!json.isArray() || json.size() > MAX_GRANTS) {
            throw new IllegalArgumentException(
                    "grants must be an array of at most %d, such as [{\"actions\":[\"publish\"],\"event_names\":[\"order.*\"]}]"
                            .formatted(MAX_GRANTS));
        }
        List<Grant> grants = new ArrayList<>();
        int patterns = 0;
        for (int i = 0; i < json.size(); i++) {
            Grant grant = readOne(json.get(i), "grants[%d]".formatted(i));
            grants.add(grant);
            patterns += grant.eventNames().size();
        }
        if (patterns > MAX_PATTERNS) {
            throw new IllegalArgumentException("grants must have at most %d event_names together, these have %d"
                    .formatted(MAX_PATTERNS, patterns));
        }
        return List.copyOf(grants);
    }

    private static Grant readOne(JsonNode json, String where) {
        if (!json.isObject()) {
            throw new IllegalArgumentException(where + " must be an object with actions and event_names");
        }
        for (String member : json.propertyNames()) {
            if (!member.equals("actions") && !member.equals("event_names")) {
                throw new IllegalArgumentException("%s has the unknown member '%s', known are actions and event_names"
                        .formatted(where, Excerpt.of(member)));
            }
        }
        Set<Action> actions = EnumSet.noneOf(Action.class);
        for (String text : strings(json, "actions", where)) {
            Action action = Action.of(text);
            if (action == null) {
                throw new IllegalArgumentException(
                        "%s.actions has '%s', accepted are %s".formatted(where, Excerpt.of(text), Action.accepted()));
            }
            actions.add(action);
        }
        if (actions.isEmpty()) {
            throw new IllegalArgumentException(where + ".actions must have one at least: " + Action.accepted());
        }
        List<NamePattern> eventNames = new ArrayList<>();
        for (String text : strings(json, "event_names", where)) {
            String fault = NamePattern.fault(text);
            if (fault != null) {
                throw new IllegalArgumentException("%s: %s".formatted(where, fault));
            }
            eventNames.add(NamePattern.of(text));
        }
        if (eventNames.isEmpty() && actions.stream().anyMatch(Action::concernsEvents)) {
            throw new IllegalArgumentException(
                    where + ".event_names must have one at least, a name or a pattern; > stands for all");
        }
        return new Grant(actions, eventNames);
    }

    private static List<String> strings(JsonNode json, String member, String where) {
        JsonNode array = json.get(member);
        if (array == null) {
            return List.of();
        }
        List<String> strings = new ArrayList<>();
        if (array.isArray()) {
            array.forEach(element -> {
                if (element.isString()) {
                    String fault = Utf8.faultOf(element.stringValue());
                    if (fault != null) {
                        throw new IllegalArgumentException("%s.%s: %s".formatted(where, member, fault));
                    }
                    strings.add(element.stringValue());
                }
            });
        }
        if (strings.size() != array.size() || !array.isArray()) {
            throw new IllegalArgumentException("%s.%s must be an array of strings".formatted(where, member));
        }
        return strings;
    }

    /** Writes them, as {@link #read} reads them. */
    public static String write(List<Grant> grants) {
        var json = new JsonWriter().raw("[");
        String separator = "";
        for (Grant grant : grants) {
            json.raw(separator).raw("{\"actions\":");
            strings(json, grant.actions().stream().sorted().map(Action::text).toList());
            json.raw(",\"event_names\":");
            strings(json, grant.eventNames().stream().map(NamePattern::text).toList());
            json.raw("}");
            separator = ",";
        }
        return json.raw("]").toString();
    }

    private static void strings(JsonWriter json, List<String> strings) {
        json.raw("[");
        String separator = "";
        for (String string : strings) {
            json.raw(separator).string(string);
            separator = ",";
        }
        json.raw("]");
    }
}
