package io.eventhandler.logs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.eventhandler.json.Excerpt;
import io.eventhandler.json.JsonInput;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads a request in JSON, token by token, as OTLP has it: names in lowerCamelCase, ids in hexadecimal, enums as numbers,
 * 64-bit numbers as strings or numbers; what is unknown is left out. What is not UTF-8 is replaced.
 */
final class JsonRequest {

    /** With the names that objects have remembered nothing: those of one request could fill the memory. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxNestingDepth(10_000)
                    .build())
            .build();

    /** No number that is read here has more digits, however it is written. */
    private static final int MAX_DIGITS = 100;

    private static final int UNSIGNED_BITS = 64;

    private final JsonParser parser;
    private final RequestRecords request;

    /** Reads the value of a member, or says that it doesn't know it. */
    @FunctionalInterface
    private interface Members {
        boolean read(String name);
    }

    /** Gets an attribute. */
    @FunctionalInterface
    private interface Pairs {
        void put(Value key, Value value);
    }

    /** Gets nanoseconds. */
    @FunctionalInterface
    private interface Nanos {
        void set(long nanos);
    }

    private JsonRequest(JsonParser parser, RequestRecords request) {
        this.parser = parser;
        this.request = request;
    }

    static void read(byte[] body, RequestRecords request) {
        var text = new InputStreamReader(new ByteArrayInputStream(body), UTF_8);
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            new JsonRequest(parser, request).request();
        } catch (JacksonException e) {
            throw new MalformedOtlpException("the body is not valid JSON: " + JsonInput.reason(e));
        }
    }

    private void request() {
        if (parser.nextToken() == null) {
            throw new MalformedOtlpException("the body is empty, it must be an ExportLogsServiceRequest in JSON");
        }
        object("the body", name -> {
            if (!name.equals("resourceLogs")) {
                return false;
            }
            array(name, this::resourceLogs);
            return true;
        });
        if (parser.nextToken() != null) {
            throw new MalformedOtlpException("the body is not valid JSON: something follows its end");
        }
    }

    private void resourceLogs() {
        request.beginResource();
        object("it", name -> {
            switch (name) {
                case "resource" -> object(name, this::resource);
                case "scopeLogs" -> array(name, this::scopeLogs);
                default -> {
                    return false;
                }
            }
            return true;
        });
        request.endResource();
    }

    private boolean resource(String name) {
        switch (name) {
            case "attributes" -> array(name, () -> pair(request::resourceAttribute, 0));
            case "droppedAttributesCount" -> request.resource().dropped(count(name));
            default -> {
                return false;
            }
        }
        return true;
    }

    private void scopeLogs() {
        request.beginScope();
        object("it", name -> {
            switch (name) {
                case "scope" -> object(name, this::scope);
                case "logRecords" -> array(name, this::logRecord);
                default -> {
                    return false;
                }
            }
            return true;
        });
        request.endScope();
    }

    private boolean scope(String name) {
        if (!name.equals("name")) {
            return false;
        }
        request.logger(text(name));
        return true;
    }

    private void logRecord() {
        RecordDraft draft = request.beginRecord();
        object("it", name -> {
            switch (name) {
                case "timeUnixNano" -> nanos(name, draft, draft::time);
                case "observedTimeUnixNano" -> nanos(name, draft, draft::observed);
                case "severityNumber" -> severity(name, draft);
                case "severityText" -> draft.severityText(text(name));
                case "body" -> draft.message(value(name, 0));
                case "attributes" -> array(name, () -> pair(draft.attributes()::put, 0));
                case "droppedAttributesCount" -> draft.attributes().dropped(count(name));
                case "traceId" -> draft.traceId(hex(name, draft));
                case "spanId" -> draft.spanId(hex(name, draft));
                case "eventName" -> draft.eventName(text(name));
                default -> {
                    return false;
                }
            }
            return true;
        });
        request.endRecord(draft);
    }

    private void nanos(String name, RecordDraft draft, Nanos nanos) {
        String text = scalar(name);
        BigInteger number = whole(text);
        if (number == null) {
            draft.fault("its %s must be nanoseconds since 1970, this one is '%s'".formatted(name, Excerpt.of(text)));
        } else if (number.signum() < 0 || number.bitLength() > UNSIGNED_BITS) {
            draft.fault("its %s is out of range: %s".formatted(name, Excerpt.of(text)));
        } else {
            nanos.set(number.longValue());
        }
    }

    private void severity(String name, RecordDraft draft) {
        String text = scalar(name);
        BigInteger number = whole(text);
        if (number == null) {
            draft.fault("its %s must be a number, this one is '%s'".formatted(name, Excerpt.of(text)));
        } else {
            draft.severity(number.bitLength() < Integer.SIZE ? number.intValue() : 0);
        }
    }

    private long count(String name) {
        BigInteger number = whole(scalar(name));
        return number == null || number.bitLength() > Integer.SIZE ? 0 : Math.max(0, number.longValue());
    }

    private byte[] hex(String name, RecordDraft draft) {
        String text = scalar(name);
        try {
            return HexFormat.of().parseHex(text);
        } catch (IllegalArgumentException e) {
            draft.fault("its %s must be hexadecimal, this one is '%s'".formatted(name, Excerpt.of(text)));
            return new byte[0];
        }
    }

    /** A {@code KeyValue}. */
    private void pair(Pairs pairs, int depth) {
        var pair = new Object() {
            private Value key = Value.EMPTY;
            private Value value = Value.NOTHING;
        };
        object("an attribute", name -> {
            switch (name) {
                case "key" -> pair.key = text(name);
                case "value" -> pair.value = value(name, depth);
                default -> {
                    return false;
                }
            }
            return true;
        });
        pairs.put(pair.key, pair.value);
    }

    /** An {@code AnyValue}; the last one that is set counts. */
    private Value value(String what, int depth) {
        var any = new Object() {
            private Value value = Value.NOTHING;
        };
        object(what, name -> {
            switch (name) {
                case "stringValue", "bytesValue" -> any.value = text(name);
                case "boolValue" -> any.value = bool(name);
                case "intValue" -> any.value = integer(name);
                case "doubleValue" -> any.value = number(name);
                case "arrayValue" -> any.value = arrayValue(name, depth);
                case "kvlistValue" -> any.value = mapValue(name, depth);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return any.value;
    }

    private Value bool(String name) {
        String text = scalar(name);
        return text.equals("true") || text.equals("false") ? Value.json(text) : Value.text(text);
    }

    /** What is no number of 64 bits stays as it is written. */
    private Value integer(String name) {
        String text = scalar(name);
        BigInteger number = whole(text);
        return number == null || number.bitLength() >= UNSIGNED_BITS ? Value.text(text) : Value.json(number.toString());
    }

    private Value number(String name) {
        String text = scalar(name);
        try {
            return Value.number(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            return Value.text(text);
        }
    }

    private Value arrayValue(String name, int depth) {
        if (depth == Value.MAX_DEPTH) {
            parser.skipChildren();
            return Value.TOO_DEEP;
        }
        var array = new ValueArray();
        object(name, member -> {
            if (!member.equals("values")) {
                return false;
            }
            array(member, () -> array.add(is(JsonToken.VALUE_NULL) ? Value.NOTHING : value("a value", depth + 1)));
            return true;
        });
        return array.value();
    }

    private Value mapValue(String name, int depth) {
        if (depth == Value.MAX_DEPTH) {
            parser.skipChildren();
            return Value.TOO_DEEP;
        }
        var map = new ValueMap();
        object(name, member -> {
            if (!member.equals("values")) {
                return false;
            }
            array(member, () -> pair(map::put, depth + 1));
            return true;
        });
        return map.value();
    }

    /** A whole number, null when it is none, or an absurd one. */
    private static @Nullable BigInteger whole(String text) {
        if (text.length() > MAX_DIGITS) {
            return null;
        }
        try {
            var number = new BigDecimal(text);
            return Math.abs((long) number.scale()) > MAX_DIGITS ? null : number.toBigIntegerExact();
        } catch (ArithmeticException | NumberFormatException e) {
            return null;
        }
    }

    private Value text(String name) {
        return Value.text(scalar(name));
    }

    /** A string, number or boolean as text. */
    private String scalar(String name) {
        if (!parser.currentToken().isScalarValue()) {
            throw unexpected(name, "a string or a number");
        }
        return parser.getString();
    }

    private void object(String what, Members members) {
        if (!is(JsonToken.START_OBJECT)) {
            throw unexpected(what, "an object");
        }
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            parser.nextToken();
            if (!is(JsonToken.VALUE_NULL) && !members.read(name)) {
                parser.skipChildren();
            }
        }
    }

    private void array(String what, Runnable element) {
        if (!is(JsonToken.START_ARRAY)) {
            throw unexpected(what, "an array");
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            element.run();
        }
    }

    private boolean is(JsonToken token) {
        return parser.currentToken() == token;
    }

    private MalformedOtlpException unexpected(String what, String expected) {
        String kind = switch (parser.currentToken()) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            default -> "null";
        };
        return new MalformedOtlpException(
                "%s: %s must be %s, this one is %s".formatted(request.where(), what, expected, kind));
    }
}
