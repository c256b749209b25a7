package io.eventhandler.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * A JSON text that is read once, from front to back, and checked for what PostgreSQL can't keep. What is malformed is
 * thrown by the parser; the first thing that is merely invalid is remembered, and reading goes on. Not thread-safe.
 */
public final class JsonInput implements AutoCloseable {

    private static final int MAX_NUMBER_LENGTH = 1_000;

    /** PostgreSQL keeps numbers exactly up to 131,072 digits before and 16,383 after the decimal point. */
    private static final int MAX_EXPONENT = 10_000;

    /**
     * Texts up to this size share what a factory remembers of the names in them, which is thousands of names: longer ones
     * would fill the memory with theirs.
     */
    private static final int MAX_REMEMBERED = 4_096;

    private static final StreamReadConstraints LIMITS = StreamReadConstraints.builder()
            .maxNumberLength(MAX_NUMBER_LENGTH)
            .maxStringLength(Integer.MAX_VALUE)
            .maxNameLength(Integer.MAX_VALUE)
            .maxNestingDepth(10_000)
            .build();

    private static final JsonFactory JSON = factory();

    private static JsonFactory factory() {
        return JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(
                        TokenStreamFactory.Feature
                                .CHARSET_DETECTION) // the text is UTF-8, whatever its first bytes look like
                .streamReadConstraints(LIMITS)
                .build();
    }

    /** Where a parser has its text from, which of its settings are at work, and the word that it does not know: it may be a secret. */
    private static final Pattern OF_THE_PARSER = Pattern.compile(
            "(?<=^Unrecognized token) '[^']*'| \\([^(\\[]*\\[Source:[^]]*]\\)|, from `[^`]*`|:[^:]*`JsonReadFeature.*| \\((?:consider |not recognized |`JsonToken).*",
            Pattern.DOTALL);

    private final byte[] text;
    private final int maxDepth;
    private final int maxValueBytes;
    private final boolean checkStrings;
    private final JsonParser parser;

    private int element = -1; // of the array that is being read, -1 outside
    private @Nullable String fault;
    private long expandedBytes; // what exponents add when PostgreSQL writes the numbers out

    /**
     * @param text valid UTF-8
     * @param maxDepth how deep a value may be nested
     * @param maxValueBytes the largest value, with its numbers written out
     */
    public JsonInput(byte[] text, int maxDepth, int maxValueBytes) {
        this.text = text;
        this.maxDepth = maxDepth;
        this.maxValueBytes = maxValueBytes;
        this.checkStrings = Utf8.hasUnicodeEscape(text);
        JsonFactory factory = text.length <= MAX_REMEMBERED ? JSON : factory();
        this.parser = factory.createParser(ObjectReadContext.empty(), text, 0, text.length);
    }

    /** Reads the next token, null at the end. */
    @Nullable
    public JsonToken next() {
        return parser.nextToken();
    }

    /** Reads the name of the current object's next member and the first token of its value, null at the end. */
    @Nullable
    public String nextMember() {
        String name = parser.nextName();
        if (name != null) {
            parser.nextToken();
        }
        return name;
    }

    /** The token that was read last. */
    @Nullable
    public JsonToken current() {
        return parser.currentToken();
    }

    /** The current value, which is invalid unless it is a string. */
    @Nullable
    public String string(String member) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            fault("%s must be a string, this one is %s".formatted(member, kind()));
            skip();
            return null;
        }
        String value = parser.getString();
        fault(Utf8.faultOf(value));
        return value;
    }

    /** Whether the current value is a whole number of 32 bits, written without a fraction or an exponent. */
    public boolean isInteger() {
        return parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() == JsonParser.NumberType.INT;
    }

    /** The current value, a boolean or a number, as text. */
    public String scalar() {
        return parser.getString();
    }

    /** The current value's text as it stands. */
    public byte[] value() {
        int start = start();
        expandedBytes = 0;
        skip();
        int end = end();
        if (end - start > maxValueBytes) {
            fault("the payload must be at most %d bytes, this one has %d".formatted(maxValueBytes, end - start));
        } else if (end - start + expandedBytes > maxValueBytes) {
            fault("the payload's numbers are too large: written out they take %d bytes".formatted(expandedBytes));
        }
        return Arrays.copyOfRange(text, start, end);
    }

    /** Where the current token starts in the text. */
    public int start() {
        return (int) parser.currentTokenLocation().getByteOffset();
    }

    /** Where the current token ends in the text. */
    public int end() {
        return (int) parser.currentLocation().getByteOffset();
    }

    /** This part of the text. */
    public String text(int start, int end) {
        return new String(text, start, end - start, StandardCharsets.UTF_8);
    }

    /** Reads to the end of the current value and checks all of it. */
    public void skip() {
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
        char[] digits = parser.getStringCharacters();
        int end = parser.getStringOffset() + parser.getStringLength();
        for (int i = parser.getStringOffset(); i < end; i++) {
            if (digits[i] == 'e' || digits[i] == 'E') {
                checkExponent(new String(digits, i + 1, end - i - 1));
                return;
            }
        }
    }

    private void checkExponent(String exponent) {
        int digits = exponent.startsWith("+") || exponent.startsWith("-") ? 1 : 0;
        long size = exponent.length() - digits > 9 ? Long.MAX_VALUE : Long.parseLong(exponent.substring(digits));
        if (size > MAX_EXPONENT) {
            fault("a number is out of range: its exponent is %s, at most %d is kept"
                    .formatted(Excerpt.of(exponent), MAX_EXPONENT));
        } else {
            expandedBytes += size;
        }
    }

    /** What a parser says of a text, without what it says of itself, and with an excerpt of what it repeats. */
    public static String reason(JacksonException fault) {
        return Excerpt.of(OF_THE_PARSER
                .matcher(String.valueOf(fault.getOriginalMessage()))
                .replaceAll(""));
    }

    /** What is found from here on is in this element of an array; -1 for in none. */
    public void enterElement(int index) {
        element = index;
    }

    /** A message that says in which element it was found. */
    public String located(String message) {
        return element < 0 ? message : "the event at index %d: %s".formatted(element, message);
    }

    /** Something is invalid, unless the message is null. */
    public void fault(@Nullable String message) {
        if (fault == null && message != null) {
            fault = located(message);
        }
    }

    /** The first thing that is invalid, null when there is none so far. */
    @Nullable
    public String fault() {
        return fault;
    }

    /** What the current token begins, in words. */
    public String kind() {
        JsonToken token = parser.currentToken();
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

    @Override
    public void close() {
        parser.close();
    }
}
