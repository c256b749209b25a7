package io.eventhandler.event;

import io.eventhandler.json.JsonWriter;

/** An event with everything that the log keeps of it. */
public final class EventJson {

    private EventJson() {}

    /** Appends the event as one JSON object, its id first. */
    public static void write(Event event, JsonWriter json) {
        json.raw("{\"id\":").number(event.id());
        json.raw(",\"event_name\":").string(event.name());
        json.raw(",\"payload\":").raw(event.payload());
        json.raw(",\"created_at\":\"").raw(event.createdAt().toString());
        json.raw("\",\"source\":").string(event.source());
        json.raw(",\"status\":").string(event.status());
        if (event.metadata() != null) {
            json.raw(",\"metadata\":").raw(event.metadata());
        }
        json.raw("}");
    }
}
