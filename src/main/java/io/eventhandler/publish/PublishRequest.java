package io.eventhandler.publish;

import io.eventhandler.event.EventName;
import io.eventhandler.event.NewEvent;
import io.eventhandler.web.ApiException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/**
 * Parses the body of {@code POST /publish} in one pass. Malformed JSON is a 400, even where it follows something that is
 * merely invalid, which is a 422.
 */
final class PublishRequest {

    private static final int MAX_SOURCE_BYTES = 255;
    private static final int MAX_NUMBER_LENGTH = 1_000;

    /** PostgreSQL keeps numbers exactly up to 131,072 digits before and 16,383 after the decimal point. */
    private static final int MAX_EXPONENT = 10_000;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNumberLength(MAX_NUMBER_LENGTH)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxNestingDepth(10_000)
                    .build())
            .build();

    private final byte[] body;
    private final int maxBytes;
    private final int maxDepth;
    private final boolean checkStrings;
    private final JsonParser parser;

    private @Nullable String fault; // the first thing that is invalid
    private @Nullable String eventName;
    private @Nullable String source;
    private byte @Nullable [] payload;
    private @Nullable String metadata;
    private final List<String> unknown = new ArrayList<>(0);
    private long expandedBytes; // what exponents add when PostgreSQL writes the numbers out

    private PublishRequest(byte[] body, int maxBytes, int maxDepth) {
        this.body = body;
        this.maxBytes = maxBytes;
        this.maxDepth = maxDepth;
        this.checkStrings = Utf8.hasUnicodeEscape(body);
        this.parser = JSON.createParser(ObjectReadContext.empty(), body, 0, body.length);
    }

    /**
     * @param maxBytes the largest payload, with its numbers written out
     * @param maxDepth how deep it may be nested
     * @throws ApiException 400 when it is no JSON, 422 when it is no event
     */
    static NewEvent parse(byte[] body, int maxBytes, int maxDepth) {
        if (!Utf8.isValid(body)) {
            throw new ApiException(400, "the body is not valid UTF-8");
        }
        var request = new PublishRequest(body, maxBytes, maxDepth);
        try (JsonParser parser = request.parser) {
            return request.parse(parser);
        } catch (StreamConstraintsException e) {
            throw ApiException.invalid("the body is beyond a limit: " + e.getOriginalMessage());
        } catch (JacksonException e) {
            String message = String.valueOf(e.getOriginalMessage());
            String where = " at line %d, column %d"
                    .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
            if (message.startsWith("Duplicate")) {
                throw ApiException.invalid(message + where);
            }
            throw new ApiException(400, "the body is not valid JSON: " + message + where);
        }
    }

    private NewEvent parse(JsonParser in) {
        JsonToken first = in.nextToken();
        if (first == null) {
            throw new ApiException(400, "the body is empty, expected a JSON object");
        }
        if (first != JsonToken.START_OBJECT) {
            skipValue();
            requireEnd();
            throw ApiException.invalid("the body must be a JSON object, this one is %s".formatted(kind(first)));
        }
        for (String member = in.nextName(); member != null; member = in.nextName()) {
            in.nextToken();
            switch (member) {
                case "event_name" -> eventName = readString(member);
                case "source" -> source = readString(member);
                case "payload" -> payload = readRaw();
                case "metadata" -> readMetadata();
                default -> {
                    unknown.add(member);
                    skipValue();
                }
            }
        }
        requireEnd();
        return validated();
    }

    private NewEvent validated() {
        if (!unknown.isEmpty()) {
            throw ApiException.invalid("unknown member%s %s: an event has event_name, payload, source and metadata"
                    .formatted(unknown.size() == 1 ? "" : "s", String.join(", ", unknown)));
        }
        if (fault != null) {
            throw ApiException.invalid(fault);
        }
        if (eventName == null) {
            throw ApiException.invalid("event_name is missing");
        }
        String nameFault = EventName.fault(eventName);
        if (nameFault != null) {
            throw ApiException.invalid(nameFault);
        }
        if (source != null && (source.isEmpty() || source.getBytes(StandardCharsets.UTF_8).length > MAX_SOURCE_BYTES)) {
            throw ApiException.invalid("source must be 1 to %d bytes of UTF-8".formatted(MAX_SOURCE_BYTES));
        }
        if (payload == null) {
            throw ApiException.invalid("payload is missing");
        }
        return new NewEvent(eventName, source == null ? NewEvent.DEFAULT_SOURCE : source, payload, metadata);
    }

    private @Nullable String readString(String member) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            fault("%s must be a string, this one is %s".formatted(member, kind(parser.currentToken())));
            skipValue();
            return null;
        }
        String value = parser.getString();
        fault(Utf8.faultOf(value));
        return value;
    }

    /** The value's text as it stands. */
    private byte[] readRaw() {
        int start = (int) parser.currentTokenLocation().getByteOffset();
        skipValue();
        int end = (int) parser.currentLocation().getByteOffset();
        if (end - start + expandedBytes > maxBytes) {
            fault("the payload's numbers are too large: written out they take %d bytes".formatted(expandedBytes));
        }
        return Arrays.copyOfRange(body, start, end);
    }

    private void readMetadata() {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            fault("metadata must be an object of strings, this one is " + kind(parser.currentToken()));
            skipValue();
            return;
        }
        int start = (int) parser.currentTokenLocation().getByteOffset();
        for (String key = parser.nextName(); key != null; key = parser.nextName()) {
            fault(Utf8.faultOf(key));
            parser.nextToken();
            readString("metadata." + key);
        }
        int end = (int) parser.currentLocation().getByteOffset();
        metadata = new String(body, start, end - start, StandardCharsets.UTF_8);
    }

    /** Reads to the end of the current value and checks all of it. */
    private void skipValue() {
        int depth = 0;
        do {
            switch (parser.currentToken()) {
                case START_OBJECT, START_ARRAY -> {
                    if (++depth == maxDepth + 1) {
                        fault("the payload is nested more than %d deep".formatted(maxDepth));
                    }
                }
                case END_OBJECT, END_ARRAY -> depth--;
                case PROPERTY_NAME -> {
                    if (checkStrings) {
                        fault(Utf8.faultOf(parser.currentName()));
                    }
                }
                case VALUE_STRING -> {
                    if (checkStrings) {
                        fault(Utf8.faultOf(parser.getString()));
                    } else {
                        parser.finishToken();
                    }
                }
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> checkNumber();
                default -> {
                    // true, false and null are fine
                }
            }
        } while (depth > 0 && parser.nextToken() != null);
    }

    private void checkNumber() {
        char[] text = parser.getStringCharacters();
        int end = parser.getStringOffset() + parser.getStringLength();
        for (int i = parser.getStringOffset(); i < end; i++) {
            if (text[i] == 'e' || text[i] == 'E') {
                checkExponent(new String(text, i + 1, end - i - 1));
                return;
            }
        }
    }

    private void checkExponent(String exponent) {
        int digits = exponent.startsWith("+") || exponent.startsWith("-") ? 1 : 0;
        long size = exponent.length() - digits > 9 ? Long.MAX_VALUE : Long.parseLong(exponent.substring(digits));
        if (size > MAX_EXPONENT) {
            fault("a number is out of range: its exponent is %s, at most %d is kept".formatted(exponent, MAX_EXPONENT));
        } else {
            expandedBytes += size;
        }
    }

    private void requireEnd() {
        JsonToken trailing = parser.nextToken();
        if (trailing != null) {
            throw new ApiException(400, "the body has something after the JSON value: " + kind(trailing));
        }
    }

    private void fault(@Nullable String message) {
        if (fault == null) {
            fault = message;
        }
    }

    private static String kind(@Nullable JsonToken token) {
        if (token == null) {
            return "nothing";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            default -> "something else";
        };
    }
}
