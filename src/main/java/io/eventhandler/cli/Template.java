package io.eventhandler.cli;

import io.eventhandler.event.Event;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes what a text asks for, such as <code>{id} {payload.order.id}</code>. Two braces are one, {@code \t} is a tab and
 * {@code \n} the end of a line; what an event lacks is empty. Immutable.
 */
final class Template implements EventFormat {

    private static final JsonMapper JSON_MAPPER = new JsonMapper();
    private static final Pattern PART = Pattern.compile("\\{\\{|}}|\\\\[tn\\\\]|\\{([^{}]*)}|[{}]|[^{}\\\\]+|\\\\");
    private static final Pattern MEMBER =
            Pattern.compile("id|event_name|source|created_at|payload(\\.[^.]+)*|metadata(\\.[^.]+)*");

    /**
     * @param isMember whether it is the path of a member of an event; else it is written as it stands
     */
    private record Part(String text, boolean isMember) {}

    private final List<Part> parts = new ArrayList<>();

    /**
     * @throws CommandException when it asks for what no event has
     */
    Template(String template) {
        Matcher matcher = PART.matcher(template);
        while (matcher.find()) {
            String member = matcher.group(1);
            parts.add(member == null ? new Part(literal(matcher.group()), false) : new Part(checked(member), true));
        }
    }

    private static String literal(String text) {
        return switch (text) {
            case "{{" -> "{";
            case "}}" -> "}";
            case "\\t" -> "\t";
            case "\\n" -> "\n";
            case "\\\\" -> "\\";
            case "{", "}" -> throw CommandException.misused("a brace of a template that stands for itself is doubled");
            default -> text;
        };
    }

    private static String checked(String member) {
        if (!MEMBER.matcher(member).matches()) {
            throw CommandException.misused(
                    "a template knows {id}, {event_name}, {source}, {created_at}, {payload}, {payload.a.b}, {metadata} and {metadata.a}, not {%s}"
                            .formatted(member));
        }
        return member;
    }

    @Override
    public byte[] line(Event event) {
        var line = new StringBuilder();
        for (Part part : parts) {
            line.append(part.isMember() ? EventFormat.printable(value(event, part.text())) : part.text());
        }
        return line.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String value(Event event, String member) {
        return switch (member) {
            case "id" -> String.valueOf(event.id());
            case "event_name" -> event.name();
            case "source" -> event.source();
            case "created_at" -> event.createdAt().toString();
            case "payload" -> new String(EventFormat.onOneLine(event.payload().clone()), StandardCharsets.UTF_8);
            case "metadata" -> event.metadata() == null ? "" : event.metadata();
            default ->
                member.startsWith("payload")
                        ? at(JSON_MAPPER.readTree(event.payload()), member)
                        : event.metadata() == null ? "" : at(JSON_MAPPER.readTree(event.metadata()), member);
        };
    }

    private static String at(JsonNode json, String member) {
        JsonNode value = json;
        String[] names = member.split("\\.", -1);
        for (int i = 1; i < names.length; i++) {
            value = value.isArray() && names[i].matches("\\d{1,9}")
                    ? value.path(Integer.parseInt(names[i]))
                    : value.path(names[i]);
        }
        return value.isMissingNode() ? "" : value.isString() ? value.stringValue() : value.toString();
    }
}
