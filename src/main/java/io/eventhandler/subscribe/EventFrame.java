package io.eventhandler.subscribe;

import io.eventhandler.cloudevents.CloudEventJson;
import io.eventhandler.event.Event;
import io.eventhandler.fanout.Outbound;
import io.eventhandler.json.JsonWriter;

/** The message of an event on {@code /ws}; one instance of each encoder, so that an event is encoded once. */
final class EventFrame {

    /** Exactly {@code {"event_name":…,"payload":…}}. */
    static final Outbound.Encoder PLAIN = event -> encode(event, false);

    /** The same with {@code id}, {@code created_at}, {@code source}, and {@code metadata} if there is any. */
    static final Outbound.Encoder FULL = event -> encode(event, true);

    /** A CloudEvent. */
    static final Outbound.Encoder CLOUD_EVENT = CloudEventJson::encode;

    private EventFrame() {}

    private static byte[] encode(Event event, boolean full) {
        var json = new JsonWriter(event.payload().length + 128);
        json.raw("{\"event_name\":").string(event.name());
        json.raw(",\"payload\":").raw(event.payload());
        if (full) {
            json.raw(",\"id\":").number(event.id());
            json.raw(",\"created_at\":\"").raw(event.createdAt().toString());
            json.raw("\",\"source\":").string(event.source());
            if (event.metadata() != null) {
                json.raw(",\"metadata\":").raw(event.metadata());
            }
        }
        return json.raw("}").toBytes();
    }
}
