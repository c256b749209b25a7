package io.eventhandler.cloudevents;

import io.eventhandler.event.Event;
import io.eventhandler.json.JsonWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * An event as a CloudEvent 1.0 in the JSON event format, see {@link CloudEventAttributes} for what comes from where.
 * Metadata that is no valid attribute is left out, so that every event is a valid CloudEvent.
 */
public final class CloudEventJson {

    /** The media type of one. */
    public static final String MEDIA_TYPE = "application/cloudevents+json";

    /** The media type of an array of them. */
    public static final String BATCH_MEDIA_TYPE = "application/cloudevents-batch+json";

    /** The media type of the data, unless it says another one. */
    static final String DATA_MEDIA_TYPE = "application/json";

    /** The extension attribute with the position in the log, which compares as text in the order of the log. */
    private static final String SEQUENCE = "sequence";

    private static final String ZEROS =
            "0".repeat(String.valueOf(Long.MAX_VALUE).length());

    /** Takes all metadata that the log has, whatever its size. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES) // which would remember what clients name
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private CloudEventJson() {}

    /** The event as one JSON object, in UTF-8. */
    public static byte[] encode(Event event) {
        var json = new JsonWriter(event.payload().length + 256);
        write(event, json);
        return json.toBytes();
    }

    /** Appends the event as one JSON object. */
    public static void write(Event event, JsonWriter json) {
        Map<String, String> metadata = metadata(event);
        String id = core("id", metadata, String.valueOf(event.id()));
        json.raw("{\"specversion\":\"1.0\",\"id\":").string(id);
        json.raw(",\"source\":").string(UriReference.of(event.source()));
        json.raw(",\"type\":").string(event.name());
        json.raw(",\"time\":").string(core("time", metadata, event.createdAt().toString()));
        json.raw(",\"datacontenttype\":").string(core(CloudEventAttributes.CONTENT_TYPE, metadata, DATA_MEDIA_TYPE));
        writeOptional("subject", core("subject", metadata), json);
        writeOptional("dataschema", core("dataschema", metadata), json);
        String position = String.valueOf(event.id());
        json.raw(",\"sequence\":\"").raw(ZEROS.substring(position.length())).raw(position);
        json.raw("\"");
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            String name = entry.getKey();
            if (CloudEventAttributes.isExtension(name)
                    && !name.equals(SEQUENCE)
                    && CloudEventAttributes.fault(name, entry.getValue()) == null) {
                writeOptional(name, entry.getValue(), json);
            }
        }
        json.raw(",\"data\":").raw(event.payload()).raw("}");
    }

    private static void writeOptional(String name, @Nullable String value, JsonWriter json) {
        if (value != null) {
            json.raw(",\"").raw(name).raw("\":").string(value);
        }
    }

    private static String core(String name, Map<String, String> metadata, String byDefault) {
        String value = core(name, metadata);
        return value == null ? byDefault : value;
    }

    /** What the publisher gave as this attribute, null when it is nothing or not valid. */
    private static @Nullable String core(String name, Map<String, String> metadata) {
        String value = metadata.get(CloudEventAttributes.METADATA_PREFIX + name);
        return value == null || CloudEventAttributes.fault(name, value) != null ? null : value;
    }

    private static Map<String, String> metadata(Event event) {
        String text = event.metadata();
        if (text == null) {
            return Map.of();
        }
        Map<String, String> entries = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            parser.nextToken();
            for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                if (parser.nextToken() == JsonToken.VALUE_STRING) {
                    entries.put(name, parser.getString());
                }
            }
        }
        return entries;
    }
}
