package io.eventhandler.event;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A key under which something is appended only once. It counts within its source.
 *
 * @param source who publishes
 * @param name 1 to 256 bytes of UTF-8 without control characters
 */
public record IdempotencyKey(String source, String name) {

    /** The longest key, in bytes of UTF-8. */
    public static final int MAX_BYTES = 256;

    /** What is wrong with this name, as a sentence that names the rule; null when it is valid. */
    public static @Nullable String fault(String name) {
        if (name.isEmpty()) {
            return "the idempotency key must not be empty";
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_BYTES) {
            return "the idempotency key must be at most %d bytes of UTF-8, this one has %d".formatted(MAX_BYTES, bytes);
        }
        for (int i = 0; i < name.length(); i++) {
            if (Character.isISOControl(name.charAt(i))) {
                return "the idempotency key must not have control characters, there is one at position " + i;
            }
        }
        return null;
    }
}
