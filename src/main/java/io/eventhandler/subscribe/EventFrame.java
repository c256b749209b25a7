package io.eventhandler.subscribe;

import io.eventhandler.event.Event;
import io.eventhandler.fanout.Outbound;
import io.eventhandler.web.Json;
import io.eventhandler.wire.CloudEventJson;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The message of an event on {@code /ws}, in each form that a connection may have chosen. */
final class EventFrame {

    // One instance of each, so that an event is encoded once for all its connections.

    /** Exactly {@code {"event_name":…,"payload":…}}. */
    static final Outbound.Encoder PLAIN = EventFrame::encode;

    /** A CloudEvent. */
    static final Outbound.Encoder CLOUD_EVENT = CloudEventJson::encode;

    private EventFrame() {}

    private static byte[] encode(Event event) {
        byte[] head = new Json()
                .raw("{\"event_name\":")
                .string(event.name())
                .raw(",\"payload\":")
                .toString()
                .getBytes(StandardCharsets.UTF_8);
        byte[] payload = event.payload();
        byte[] message = Arrays.copyOf(head, head.length + payload.length + 1);
        System.arraycopy(payload, 0, message, head.length, payload.length);
        message[message.length - 1] = '}';
        return message;
    }
}
