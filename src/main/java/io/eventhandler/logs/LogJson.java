package io.eventhandler.logs;

import io.eventhandler.json.JsonWriter;
import io.eventhandler.logstore.LogRecord;
import io.eventhandler.logstore.StoredLog;
import org.jspecify.annotations.Nullable;

/** A log record as its readers get it. */
final class LogJson {

    private LogJson() {}

    /** Appends the record as one JSON object, its id first. */
    static void write(StoredLog stored, JsonWriter json) {
        LogRecord log = stored.record();
        json.raw("{\"id\":").number(stored.id());
        json.raw(",\"time\":\"").raw(stored.time().toString());
        json.raw("\",\"service\":").string(log.origin().service());
        json.raw(",\"level\":\"").raw(LogLevel.nameOf(log.severity()));
        json.raw("\",\"message\":").string(log.message());
        json.raw(",\"attributes\":").raw(log.attributes() == null ? "{}" : log.attributes());
        String resource = log.origin().resource();
        json.raw(",\"resource\":").raw(resource == null ? "{}" : resource);
        add(json, "trace_id", log.traceId());
        add(json, "span_id", log.spanId());
        add(json, "logger", log.origin().logger());
        json.raw("}");
    }

    private static void add(JsonWriter json, String name, @Nullable String value) {
        if (value != null) {
            json.raw(",\"").raw(name).raw("\":").string(value);
        }
    }
}
