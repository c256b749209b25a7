package io.eventhandler.cloudevents;

import io.eventhandler.event.EventName;
import io.eventhandler.json.Excerpt;
import io.eventhandler.json.MediaType;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The context attributes of CloudEvents 1.0: which there are and what their values look like. An event keeps {@code
 * type} as its name and {@code source} as its source; the other core attributes are in its metadata under {@link
 * #METADATA_PREFIX} and their name, extension attributes under their name.
 */
public final class CloudEventAttributes {

    /** No extension attribute's name starts with it, because it has a hyphen. */
    public static final String METADATA_PREFIX = "ce-";

    /** The attribute with the data's media type. */
    public static final String CONTENT_TYPE = "datacontenttype";

    private static final Set<String> CORE =
            Set.of("specversion", "id", "source", "type", "time", "subject", "dataschema", CONTENT_TYPE);

    private static final int MAX_ID_BYTES = 256;
    private static final int MAX_SOURCE_BYTES = 255;

    private static final Pattern RFC_3339 =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([Zz]|[+-]\\d\\d:\\d\\d)");

    private CloudEventAttributes() {}

    /** Whether the specification itself defines the attribute. */
    public static boolean isCore(String name) {
        return CORE.contains(name);
    }

    /** Whether an extension attribute may have this name. */
    public static boolean isExtension(String name) {
        return !name.isEmpty()
                && name.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
                && !name.equals("data")
                && !isCore(name);
    }

    /** What is wrong with an attribute, as a sentence that names it; null when it is valid. */
    public static @Nullable String fault(String name, String value) {
        int forbidden = firstForbidden(value);
        if (forbidden >= 0) {
            return "%s must not have control characters or noncharacters, there is one at position %d"
                    .formatted(Excerpt.of(name), forbidden);
        }
        return switch (name) {
            case "specversion" -> versionFault(value);
            case "id" -> lengthFault(name, value, MAX_ID_BYTES);
            case "source" ->
                UriReference.isValid(value)
                        ? lengthFault(name, value, MAX_SOURCE_BYTES)
                        : "source must be a URI-reference (RFC 3986), anything else percent-encoded";
            case "type" -> typeFault(value);
            case "time" -> isTimestamp(value) ? null : "time must be as RFC 3339 has it, like 2018-04-05T17:31:00Z";
            case "subject" -> value.isEmpty() ? "subject must not be empty" : null;
            case "dataschema" -> UriReference.isUri(value) ? null : "dataschema must be a URI with a scheme (RFC 3986)";
            case CONTENT_TYPE -> contentTypeFault(MediaType.of(value));
            default ->
                isExtension(name)
                        ? null
                        : "'%s' is no attribute: a name has only the letters a to z and digits, and is not data"
                                .formatted(Excerpt.of(name));
        };
    }

    private static @Nullable String versionFault(String version) {
        return switch (version) {
            case "1.0" -> null;
            case "0.3" -> "CloudEvents 0.3 is not supported: specversion must be 1.0";
            default -> "specversion must be 1.0, this one is '%s'".formatted(Excerpt.of(version));
        };
    }

    private static @Nullable String lengthFault(String name, String value, int max) {
        int length = value.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0) {
            return name + " must not be empty";
        }
        return length <= max
                ? null
                : "%s must be at most %d bytes of UTF-8, this one has %d".formatted(name, max, length);
    }

    private static @Nullable String typeFault(String type) {
        if (type.isEmpty()) {
            return "type must not be empty";
        }
        String fault = EventName.fault(type);
        return fault == null ? null : "type is the event's name here: " + fault;
    }

    private static @Nullable String contentTypeFault(MediaType type) {
        if (!type.isJson()) {
            return "datacontenttype must be JSON (application/json, */json or *+json), this one is '%s'"
                    .formatted(Excerpt.of(type.name()));
        }
        return type.isUtf8() ? null : "datacontenttype must have the charset UTF-8, or none";
    }

    private static boolean isTimestamp(String value) {
        if (!RFC_3339.matcher(value).matches()) {
            return false;
        }
        try {
            OffsetDateTime.parse(value);
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    /** The position of the first character that no string of CloudEvents may have, -1 for none. */
    private static int firstForbidden(String value) {
        for (int i = 0; i < value.length(); i = value.offsetByCodePoints(i, 1)) {
            int c = value.codePointAt(i);
            if (Character.isISOControl(c) || (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef)) {
                return i;
            }
        }
        return -1;
    }
}
