package io.eventhandler.publish;

import io.eventhandler.cloudevents.CloudEventReader;
import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.append.Appender;
import io.eventhandler.json.JsonInput;
import io.eventhandler.json.Utf8;
import io.eventhandler.web.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.StreamConstraintsException;

/**
 * What {@code POST /publish} asks for: to append one event, or an array of them as one batch. Malformed JSON is a 400,
 * even where it follows something that is merely invalid, which is a 422.
 *
 * @param events at least one
 * @param isBatch whether they came as an array
 * @param batchKey an idempotency key for the batch as a whole, null for none
 */
record PublishRequest(
        List<NewEvent> events, boolean isBatch, @Nullable String batchKey) {

    /** The largest number of events in a batch. */
    static final int MAX_EVENTS = Appender.MAX_BATCH_EVENTS;

    PublishRequest(List<NewEvent> events, boolean isBatch) {
        this(events, isBatch, null);
    }

    /** The same with other events, as many. */
    PublishRequest withEvents(List<NewEvent> others) {
        return new PublishRequest(others, isBatch, batchKey);
    }

    /** Whether an idempotency key stands for each of the events, so that the request may be repeated. */
    boolean isIdempotent() {
        return batchKey != null || events.stream().allMatch(event -> event.idempotencyKey() != null);
    }

    /**
     * @param headers of the request
     * @throws ApiException 400 when it is no JSON, 413 when it is too large, 422 when it is no event and no batch
     */
    static PublishRequest parse(byte[] body, PublishFormat format, HttpFields headers, PublishLimits limits) {
        boolean isBatch = format.takesArray() && startsBatch(body);
        if (body.length > (isBatch ? limits.maxBatchBytes() : limits.maxEventBytes())) {
            throw new ApiException(
                    413, "the body must be %s, this one has %d bytes".formatted(limits.bodySize(), body.length));
        }
        if (!Utf8.isValid(body)) {
            throw new ApiException(400, "the body is not valid UTF-8");
        }
        boolean isWithoutData = format == PublishFormat.CLOUD_EVENT_BINARY && body.length == 0;
        try (var in = new JsonInput(
                isWithoutData ? CloudEventReader.NO_DATA : body, limits.maxDepth(), limits.maxEventBytes())) {
            return parse(in, format, headers, limits);
        }
    }

    private static PublishRequest parse(JsonInput in, PublishFormat format, HttpFields headers, PublishLimits limits) {
        try {
            return read(in, format, headers, limits);
        } catch (StreamConstraintsException e) {
            throw ApiException.invalid(in.located("the body is beyond a limit: " + JsonInput.reason(e)));
        } catch (JacksonException e) {
            String message = JsonInput.reason(e);
            String where = " at line %d, column %d"
                    .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
            if (message.startsWith("Duplicate")) {
                throw ApiException.invalid(in.located(message + where));
            }
            throw new ApiException(400, "the body is not valid JSON: " + message + where);
        }
    }

    /** Whether the first byte that is no white space opens an array. */
    private static boolean startsBatch(byte[] body) {
        for (byte b : body) {
            if (b != ' ' && b != '\t' && b != '\n' && b != '\r') {
                return b == '[';
            }
        }
        return false;
    }

    private static PublishRequest read(JsonInput in, PublishFormat format, HttpFields headers, PublishLimits limits) {
        JsonToken first = in.next();
        if (first == null) {
            throw new ApiException(400, "the body is empty, expected " + format.expected());
        }
        boolean isBatch = first == JsonToken.START_ARRAY && format.takesArray();
        List<NewEvent> events = List.of();
        if (isBatch) {
            events = readBatch(in, format, limits);
        } else if (first == JsonToken.START_OBJECT && format.takesObject()) {
            events = listOf(format.read(in, limits));
        } else if (format == PublishFormat.CLOUD_EVENT_BINARY) {
            events = listOf(CloudEventReader.read(entries(headers), in, limits.maxMetadataBytes()));
        } else {
            in.fault("the body must be %s, this one is %s".formatted(format.expected(), in.kind()));
            in.skip();
        }
        if (in.next() != null) {
            throw new ApiException(400, "the body has something after the JSON value: " + in.kind());
        }
        String fault = in.fault();
        if (fault != null) {
            throw ApiException.invalid(fault);
        }
        return new PublishRequest(events, isBatch);
    }

    private static List<Map.Entry<String, String>> entries(HttpFields headers) {
        return headers.stream()
                .map(header -> Map.entry(header.getName(), Objects.requireNonNullElse(header.getValue(), "")))
                .toList();
    }

    private static List<NewEvent> listOf(@Nullable NewEvent event) {
        return event == null ? List.of() : List.of(event);
    }

    private static List<NewEvent> readBatch(JsonInput in, PublishFormat format, PublishLimits limits) {
        List<NewEvent> events = new ArrayList<>();
        int count = 0;
        for (JsonToken token = in.next(); token != JsonToken.END_ARRAY; token = in.next()) {
            in.enterElement(count++);
            if (count > MAX_EVENTS) {
                in.skip();
            } else if (token != JsonToken.START_OBJECT) {
                in.fault("it must be a JSON object, this one is " + in.kind());
                in.skip();
            } else {
                NewEvent event = format.read(in, limits);
                if (event != null) {
                    events.add(event);
                }
            }
        }
        in.enterElement(-1);
        if (count == 0) {
            in.fault("the batch is empty: it must have 1 to %d events".formatted(MAX_EVENTS));
        } else if (count > MAX_EVENTS) {
            in.fault("a batch has at most %d events, this one has %d".formatted(MAX_EVENTS, count));
        }
        return events;
    }
}
