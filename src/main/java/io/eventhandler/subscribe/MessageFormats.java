package io.eventhandler.subscribe;

import io.eventhandler.cloudevents.CloudEventJson;
import io.eventhandler.event.Event;
import io.eventhandler.fanout.MessageFormat;
import io.eventhandler.json.JsonWriter;

/**
 * What the messages of one connection look like. There is one instance of each format, so that an event is encoded once.
 *
 * @param plain without metadata
 * @param full with metadata
 */
record MessageFormats(MessageFormat plain, MessageFormat full) {

    /**
     * Exactly {@code {"event_name":…,"payload":…}}; with metadata also {@code id}, {@code created_at}, {@code source}, and
     * {@code metadata} if there is any.
     */
    static final MessageFormats OWN = new MessageFormats(event -> encode(event, false), event -> encode(event, true));

    private static final MessageFormat CLOUD_EVENT = CloudEventJson::encode;

    /** CloudEvents, which carry everything in any case. */
    static final MessageFormats CLOUD_EVENTS = new MessageFormats(CLOUD_EVENT, CLOUD_EVENT);

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
