package io.eventhandler.publish;

import io.eventhandler.cloudevents.CloudEventHeaders;
import io.eventhandler.cloudevents.CloudEventJson;
import io.eventhandler.cloudevents.CloudEventReader;
import io.eventhandler.event.NewEvent;
import io.eventhandler.json.Excerpt;
import io.eventhandler.json.JsonInput;
import io.eventhandler.json.MediaType;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.HttpAnswer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** In what form a request brings its events. */
enum PublishFormat {
    /** This service's own events: one, or an array of them. */
    JSON("a JSON object or an array of them", true, true),
    /** One CloudEvent, in structured mode. */
    CLOUD_EVENT("one CloudEvent, a JSON object", true, false),
    /** CloudEvents in batched mode. */
    CLOUD_EVENTS("a JSON array of CloudEvents", false, true),
    /** One CloudEvent in binary mode: its attributes are headers, the body is its data. */
    CLOUD_EVENT_BINARY("JSON", false, false);

    private final String expected;
    private final boolean takesObject;
    private final boolean takesArray;

    PublishFormat(String expected, boolean takesObject, boolean takesArray) {
        this.expected = expected;
        this.takesObject = takesObject;
        this.takesArray = takesArray;
    }

    /**
     * @throws ApiException 415 when it is none of these
     */
    static PublishFormat of(Request request) {
        HttpFields headers = request.getHeaders();
        String contentType = headers.get(HttpHeader.CONTENT_TYPE);
        if (contentType == null) {
            if (isBinary(headers) && request.getLength() == 0) {
                return CLOUD_EVENT_BINARY; // it has no data that could be of a type
            }
            throw unsupported("this request has none");
        }
        if (contentType.equals(HttpAnswer.JSON)) {
            return isBinary(headers) ? CLOUD_EVENT_BINARY : JSON;
        }
        MediaType type = MediaType.of(contentType);
        PublishFormat format = switch (type.name()) {
            case CloudEventJson.MEDIA_TYPE -> CLOUD_EVENT;
            case CloudEventJson.BATCH_MEDIA_TYPE -> CLOUD_EVENTS;
            default -> isBinary(headers) ? binary(type) : plain(type);
        };
        if (!type.isUtf8()) {
            throw new ApiException(
                    415, "the charset must be UTF-8, this one is '%s'".formatted(Excerpt.of(contentType)));
        }
        return format;
    }

    private static boolean isBinary(HttpFields headers) {
        return headers.contains(CloudEventHeaders.SPECVERSION);
    }

    private static PublishFormat binary(MediaType type) {
        if (!type.isJson() || type.name().startsWith("application/cloudevents")) {
            throw new ApiException(
                    415,
                    "the data of a CloudEvent must be JSON (Content-Type application/json, */json or *+json), this one is '%s'"
                            .formatted(Excerpt.of(type.name())));
        }
        return CLOUD_EVENT_BINARY;
    }

    private static PublishFormat plain(MediaType type) {
        if (!type.name().equals(HttpAnswer.JSON)) {
            throw unsupported("this one is '%s'".formatted(Excerpt.of(type.name())));
        }
        return JSON;
    }

    private static ApiException unsupported(String what) {
        return new ApiException(
                415,
                "Content-Type must be application/json, or %s or %s for CloudEvents, %s"
                        .formatted(CloudEventJson.MEDIA_TYPE, CloudEventJson.BATCH_MEDIA_TYPE, what));
    }

    /** What the body must be, in words. */
    String expected() {
        return expected;
    }

    /** Whether the body may be an object that is an event. */
    boolean takesObject() {
        return takesObject;
    }

    /** Whether the body may be an array that is a batch. */
    boolean takesArray() {
        return takesArray;
    }

    /** Reads the object that the input stands at; null, with the input's fault set, when it is no valid event. */
    @Nullable
    NewEvent read(JsonInput in, PublishLimits limits) {
        int maxMetadata = limits.maxMetadataBytes();
        return this == JSON ? EventReader.read(in, maxMetadata) : CloudEventReader.read(in, maxMetadata);
    }
}
