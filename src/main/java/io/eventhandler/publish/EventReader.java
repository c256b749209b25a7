package io.eventhandler.publish;

import io.eventhandler.event.EventName;
import io.eventhandler.event.IdempotencyKey;
import io.eventhandler.event.NewEvent;
import io.eventhandler.json.Excerpt;
import io.eventhandler.json.JsonInput;
import io.eventhandler.json.Utf8;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/**
 * Reads one event: {@code {"event_name":…,"payload":…}} with optional {@code source}, {@code metadata} and
 * {@code idempotency_key}.
 */
final class EventReader {

    private static final int MAX_SOURCE_BYTES = 255;

    private final JsonInput in;
    private @Nullable String eventName;
    private @Nullable String source;
    private byte @Nullable [] payload;
    private @Nullable String metadata;
    private @Nullable String idempotencyKey;
    private final int maxMetadata;
    private @Nullable StringBuilder unknown; // the first ones
    private int unknownCount;

    private EventReader(JsonInput in, int maxMetadata) {
        this.in = in;
        this.maxMetadata = maxMetadata;
    }

    /**
     * Reads the object that the input stands at; null, with the input's fault set, when it is no valid event.
     *
     * @param maxMetadata the largest metadata, in bytes of JSON
     */
    static @Nullable NewEvent read(JsonInput in, int maxMetadata) {
        return new EventReader(in, maxMetadata).read();
    }

    private @Nullable NewEvent read() {
        for (String member = in.nextMember(); member != null; member = in.nextMember()) {
            switch (member) {
                case "event_name" -> eventName = in.string(member);
                case "source" -> source = in.string(member);
                case "payload" -> payload = in.value();
                case "metadata" -> readMetadata();
                case "idempotency_key" -> idempotencyKey = in.string(member);
                default -> {
                    addUnknown(member);
                    in.skip();
                }
            }
        }
        if (unknown != null) {
            in.fault("unknown member%s %s: an event has event_name, payload, source, metadata and idempotency_key"
                    .formatted(unknownCount == 1 ? "" : "s", Excerpt.of(unknown.toString())));
        }
        in.fault(eventName == null ? "event_name is missing" : EventName.fault(eventName));
        if (source != null && (source.isEmpty() || source.getBytes(StandardCharsets.UTF_8).length > MAX_SOURCE_BYTES)) {
            in.fault("source must be 1 to %d bytes of UTF-8".formatted(MAX_SOURCE_BYTES));
        }
        if (idempotencyKey != null) {
            in.fault(IdempotencyKey.fault(idempotencyKey));
        }
        if (payload == null) {
            in.fault("payload is missing");
        }
        if (in.fault() != null || eventName == null || payload == null) {
            return null;
        }
        return new NewEvent(
                eventName, source == null ? NewEvent.DEFAULT_SOURCE : source, payload, metadata, idempotencyKey);
    }

    private void addUnknown(String member) {
        unknownCount++;
        if (unknown == null) {
            unknown = new StringBuilder(Excerpt.of(member));
        } else if (unknown.length() <= Excerpt.MAX_LENGTH) {
            unknown.append(", ").append(Excerpt.of(member));
        }
    }

    private void readMetadata() {
        if (in.current() != JsonToken.START_OBJECT) {
            in.fault("metadata must be an object of strings, this one is " + in.kind());
            in.skip();
            return;
        }
        int start = in.start();
        for (String key = in.nextMember(); key != null; key = in.nextMember()) {
            in.fault(Utf8.faultOf(key));
            in.string("metadata." + Excerpt.of(key));
        }
        int size = in.end() - start;
        if (size > maxMetadata) {
            in.fault("metadata must be at most %d bytes as JSON, this one has %d".formatted(maxMetadata, size));
        } else {
            metadata = in.text(start, in.end());
        }
    }
}
