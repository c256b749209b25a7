package io.eventhandler.publish;

import io.eventhandler.event.IdempotencyKey;
import io.eventhandler.event.NewEvent;
import io.eventhandler.web.ApiException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/** The idempotency keys of a request: one in a header for the request as a whole, or one in each of its events. */
final class IdempotencyKeys {

    private static final String HEADER = "Idempotency-Key";

    private IdempotencyKeys() {}

    /**
     * The request with the key of the header, if it has one.
     *
     * @throws ApiException 422 when its keys contradict each other, or that of the header is invalid
     */
    static PublishRequest apply(HttpFields headers, PublishRequest request) {
        String key = headers.contains(HEADER) ? read(headers.getValuesList(HEADER)) : null;
        if (key != null) {
            return withKey(key, request);
        }
        if (request.isBatch()) {
            refuseRepetition(request.events());
        }
        return request;
    }

    private static String read(List<String> values) {
        if (values.size() > 1) {
            throw ApiException.invalid("%s must be given once, it is there %d times".formatted(HEADER, values.size()));
        }
        String key;
        try {
            // HTTP leaves the bytes of a header without an encoding: Jetty gives them as ISO 8859-1.
            byte[] bytes = values.getFirst().getBytes(StandardCharsets.ISO_8859_1);
            key = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw ApiException.invalid(HEADER + " is not valid UTF-8");
        }
        String fault = IdempotencyKey.fault(key);
        if (fault != null) {
            throw ApiException.invalid(HEADER + ": " + fault);
        }
        return key;
    }

    private static PublishRequest withKey(String key, PublishRequest request) {
        for (int i = 0; i < request.events().size(); i++) {
            if (request.events().get(i).idempotencyKey() != null) {
                throw ApiException.invalid("the idempotency key must be in the %s header or in the event, not in both%s"
                        .formatted(HEADER, request.isBatch() ? ": the event at index %d has one".formatted(i) : ""));
            }
        }
        if (request.isBatch()) {
            return new PublishRequest(request.events(), true, key);
        }
        NewEvent event = request.events().getFirst();
        return new PublishRequest(
                List.of(new NewEvent(
                        event.name(),
                        event.source(),
                        event.payload(),
                        event.metadata(),
                        key,
                        event.traceParent(),
                        event.traceState())),
                false);
    }

    private static void refuseRepetition(List<NewEvent> events) {
        Map<IdempotencyKey, Integer> indexes = Map.of();
        for (int i = 0; i < events.size(); i++) {
            NewEvent event = events.get(i);
            if (event.idempotencyKey() == null) {
                continue;
            }
            indexes = indexes.isEmpty() ? new HashMap<>() : indexes;
            @Nullable
            Integer first = indexes.putIfAbsent(new IdempotencyKey(event.source(), event.idempotencyKey()), i);
            if (first != null) {
                throw ApiException.invalid(
                        "the events at index %d and %d have the same source and idempotency key".formatted(first, i));
            }
        }
    }
}
