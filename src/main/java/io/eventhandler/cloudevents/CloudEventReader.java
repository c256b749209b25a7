package io.eventhandler.cloudevents;

import io.eventhandler.event.NewEvent;
import io.eventhandler.json.Excerpt;
import io.eventhandler.json.JsonInput;
import io.eventhandler.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/**
 * Reads one CloudEvent 1.0 with JSON data: {@code type} is the event's name, {@code source} its source, {@code data} its
 * payload, {@code id} its idempotency key; {@link CloudEventAttributes} says where the others are kept.
 */
public final class CloudEventReader {

    /** The payload of an event that has no data; not to be changed. */
    public static final byte[] NO_DATA = "null".getBytes(StandardCharsets.US_ASCII);

    private final JsonInput in;
    private final JsonWriter metadata = new JsonWriter();
    private final int maxMetadata;
    private @Nullable String specVersion;
    private @Nullable String id;
    private @Nullable String source;
    private @Nullable String type;
    private byte[] payload = NO_DATA;

    private CloudEventReader(JsonInput in, int maxMetadata) {
        this.in = in;
        this.maxMetadata = maxMetadata;
    }

    /**
     * Reads the object that the input stands at; null, with the input's fault set, when it is no valid CloudEvent.
     *
     * @param maxMetadata the most that its attributes may take as metadata, in bytes of JSON
     */
    public static @Nullable NewEvent read(JsonInput in, int maxMetadata) {
        var reader = new CloudEventReader(in, maxMetadata);
        for (String member = in.nextMember(); member != null; member = in.nextMember()) {
            switch (member) {
                case "data" -> reader.payload = in.value();
                case "data_base64" -> reader.refuseBinaryData();
                default -> reader.readAttribute(member);
            }
        }
        return reader.event();
    }

    /**
     * Reads the data that the input stands at, with the attributes in the headers; null as above.
     *
     * @param headers of the request, names in any case and values
     */
    public static @Nullable NewEvent read(Iterable<Map.Entry<String, String>> headers, JsonInput in, int maxMetadata) {
        var reader = new CloudEventReader(in, maxMetadata);
        CloudEventHeaders.read(headers, in, reader::take);
        reader.payload = in.value();
        return reader.event();
    }

    private void refuseBinaryData() {
        if (in.current() != JsonToken.VALUE_NULL) {
            in.fault("data_base64 is not supported: the data must be JSON, in the member data");
        }
        in.skip();
    }

    private void readAttribute(String name) {
        JsonToken token = in.current();
        if (token == JsonToken.VALUE_NULL) {
            return; // the same as leaving it out
        }
        if (token == JsonToken.VALUE_STRING || CloudEventAttributes.isCore(name)) {
            String value = in.string(name);
            if (value != null) {
                take(name, value);
            }
        } else if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE || in.isInteger()) {
            take(name, in.scalar());
        } else {
            in.fault("%s must be a string, a boolean or an integer of 32 bits, this one is %s"
                    .formatted(Excerpt.of(name), in.kind()));
            in.skip();
        }
    }

    private void take(String name, String value) {
        in.fault(CloudEventAttributes.fault(name, value));
        switch (name) {
            case "specversion" -> specVersion = value;
            case "type" -> type = value;
            case "source" -> source = value;
            case "id" -> {
                id = value;
                keep(CloudEventAttributes.METADATA_PREFIX + name, value);
            }
            case CloudEventAttributes.CONTENT_TYPE -> {
                if (!value.equals(CloudEventJson.DATA_MEDIA_TYPE)) {
                    keep(CloudEventAttributes.METADATA_PREFIX + name, value);
                }
            }
            case "time", "subject", "dataschema" -> keep(CloudEventAttributes.METADATA_PREFIX + name, value);
            default -> keep(name, value);
        }
    }

    private void keep(String key, String value) {
        if (in.fault() == null && metadata.length() <= maxMetadata) { // what is at fault may be what can't be written
            metadata.raw(metadata.length() == 0 ? "{" : ",")
                    .string(key)
                    .raw(":")
                    .string(value);
        }
    }

    private @Nullable NewEvent event() {
        if (specVersion == null) {
            in.fault("specversion is missing, it must be 1.0");
        }
        if (id == null) {
            in.fault("id is missing");
        }
        if (source == null) {
            in.fault("source is missing");
        }
        if (type == null) {
            in.fault("type is missing");
        }
        metadata.raw("}");
        if (metadata.length() > maxMetadata) {
            in.fault("the attributes that are kept as metadata must be at most %d bytes as JSON, these have more"
                    .formatted(maxMetadata));
        }
        if (in.fault() != null || id == null || source == null || type == null) {
            return null;
        }
        return new NewEvent(type, source, payload, metadata.toString(), id);
    }
}
