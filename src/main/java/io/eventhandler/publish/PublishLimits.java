package io.eventhandler.publish;

import io.eventhandler.service.SettingsReader;

/**
 * What one request may bring.
 *
 * @param maxEventBytes the largest event: a body with one, or a payload of a batch, with its numbers written out
 * @param maxBatchBytes the largest body with a batch
 * @param maxMetadataBytes the largest metadata of an event, as JSON
 * @param maxDepth how deep a payload may be nested
 * @param bodySize how large a body may be, in words
 */
public record PublishLimits(int maxEventBytes, int maxBatchBytes, int maxMetadataBytes, int maxDepth, String bodySize) {

    /** The largest event unless it is set. */
    public static final int DEFAULT_EVENT_BYTES = 1 << 20;

    /** With these bounds. */
    public PublishLimits(int maxEventBytes, int maxBatchBytes, int maxMetadataBytes, int maxDepth) {
        this(
                maxEventBytes,
                maxBatchBytes,
                maxMetadataBytes,
                maxDepth,
                "at most %d bytes, or %d for a batch".formatted(maxEventBytes, maxBatchBytes));
    }

    static PublishLimits read(SettingsReader in) {
        Integer event = in.optionalSize(
                "MAX_EVENT_SIZE", "1MiB", "1KiB", "64MiB", "the largest event: a request body with one");
        Integer batch =
                in.optionalSize("MAX_BATCH_SIZE", "4MiB", "1KiB", "64MiB", "the largest request body with a batch");
        if (event != null && batch != null && batch < event) {
            in.contradiction("MAX_BATCH_SIZE", "%d bytes hold no event of MAX_EVENT_SIZE, %d".formatted(batch, event));
        }
        int maxEvent =
                event != null ? event : Math.min(DEFAULT_EVENT_BYTES, batch == null ? DEFAULT_EVENT_BYTES : batch);
        return new PublishLimits(
                maxEvent,
                batch != null ? batch : Math.max(4 << 20, maxEvent),
                in.size("MAX_METADATA_SIZE", "16KiB", "256", "1MiB", "the largest metadata of an event, as JSON"),
                in.integer("MAX_PAYLOAD_DEPTH", 100, 1, 1_000, "how deep a payload may be nested"));
    }

    /** The largest body of any kind. */
    public int maxBodyBytes() {
        return Math.max(maxEventBytes, maxBatchBytes);
    }
}
