package io.eventhandler.eventlog.notify;

import io.eventhandler.event.Event;
import io.eventhandler.event.NewEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text in which a notification carries events. For each of them the lengths of its name, source, payload and metadata
 * (-1 for none), each followed by a comma, then these four texts; lengths in UTF-16 units.
 */
public final class InlineEvents {

    /** PostgreSQL's limit for a notification is 7,999 bytes; this leaves room for what append_events puts before. */
    private static final int MAX_BYTES = 7_800;

    private InlineEvents() {}

    /** The events as text, null when it would be too long for a notification. */
    public static @Nullable String encode(List<NewEvent> events, String[] payloads, @Nullable String[] metadatas) {
        long bytes = 0;
        for (NewEvent event : events) {
            bytes += event.bytes(); // never more than in UTF-8
            if (bytes > MAX_BYTES) {
                return null;
            }
        }
        var text = new StringBuilder((int) bytes + 64 * events.size());
        for (int i = 0; i < payloads.length; i++) {
            NewEvent event = events.get(i);
            String metadata = metadatas[i];
            text.append(event.name().length()).append(',');
            text.append(event.source().length()).append(',');
            text.append(payloads[i].length()).append(',');
            text.append(metadata == null ? -1 : metadata.length()).append(',');
            text.append(event.name()).append(event.source()).append(payloads[i]);
            text.append(metadata == null ? "" : metadata);
        }
        // In UTF-8 a UTF-16 unit takes 3 bytes at most.
        boolean fits = text.length() * 3L <= MAX_BYTES
                || (text.length() <= MAX_BYTES && text.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES);
        return fits ? text.toString() : null;
    }

    /** The events of a text that {@link #encode} made. */
    static List<Event> decode(String text, long firstId, Instant createdAt) {
        List<Event> events = new ArrayList<>();
        var in = new Cursor(text);
        while (!in.atEnd()) {
            int nameLength = in.number();
            int sourceLength = in.number();
            int payloadLength = in.number();
            int metadataLength = in.number();
            String name = in.text(nameLength);
            String source = in.text(sourceLength);
            byte[] payload = in.text(payloadLength).getBytes(StandardCharsets.UTF_8);
            String metadata = metadataLength < 0 ? null : in.text(metadataLength);
            events.add(new Event(firstId + events.size(), name, payload, createdAt, source, Event.PROCESSED, metadata));
        }
        return events;
    }

    private static final class Cursor {
        private final String text;
        private int position;

        Cursor(String text) {
            this.text = text;
        }

        boolean atEnd() {
            return position == text.length();
        }

        int number() {
            int comma = text.indexOf(',', position);
            int value = Integer.parseInt(text, position, comma, 10);
            position = comma + 1;
            return value;
        }

        String text(int length) {
            position += length;
            return text.substring(position - length, position);
        }
    }
}
