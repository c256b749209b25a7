package io.eventhandler.cli;

import io.eventhandler.event.Event;
import io.eventhandler.event.EventJson;
import io.eventhandler.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;

/** Writes an event as one line. */
interface EventFormat {

    /** All that is known of an event, as one JSON object. */
    EventFormat JSON = EventFormat::json;

    /** For people: when, id, name, who published it, and the payload. */
    EventFormat TEXT = event -> text(event, false);

    /** {@link #TEXT} in colours. */
    EventFormat COLOURED = event -> text(event, true);

    /** The line without its end. */
    byte[] line(Event event);

    private static byte[] json(Event event) {
        var json = new JsonWriter(event.bytes() + 256);
        EventJson.write(event, json);
        return onOneLine(json.toBytes());
    }

    /** A payload as it was published may have line ends, which in JSON stand between its tokens only. */
    static byte[] onOneLine(byte[] json) {
        for (int i = 0; i < json.length; i++) {
            if (json[i] == '\n' || json[i] == '\r') {
                json[i] = ' ';
            }
        }
        return json;
    }

    private static byte[] text(Event event, boolean coloured) {
        String dim = coloured ? "\u001b[2m" : "";
        String name = coloured ? "\u001b[1;36m" : "";
        String source = coloured ? "\u001b[32m" : "";
        String plain = coloured ? "\u001b[0m" : "";
        return "%s%s %d%s %s%s%s %s%s%s %s%s"
                .formatted(
                        dim,
                        event.createdAt().truncatedTo(ChronoUnit.MILLIS),
                        event.id(),
                        plain,
                        name,
                        printable(event.name()),
                        plain,
                        source,
                        printable(event.source()),
                        plain,
                        printable(new String(onOneLine(event.payload().clone()), StandardCharsets.UTF_8)),
                        event.metadata() == null ? "" : " " + dim + printable(event.metadata()) + plain)
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Without characters that a terminal would obey, which are escaped as in JSON. */
    static String printable(String text) {
        if (text.chars().noneMatch(Character::isISOControl)) {
            return text;
        }
        var printable = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                printable.append(c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\u%04x".formatted((int) c));
            } else {
                printable.append(c);
            }
        }
        return printable.toString();
    }
}
