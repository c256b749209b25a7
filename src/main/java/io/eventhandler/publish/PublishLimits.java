package io.eventhandler.publish;

/**
 * What one request may bring.
 *
 * @param maxEventBytes the largest event: a body with one, or a payload of a batch, with its numbers written out
 * @param maxBatchBytes the largest body with a batch
 * @param maxDepth how deep a payload may be nested
 */
public record PublishLimits(int maxEventBytes, int maxBatchBytes, int maxDepth) {

    /** The largest body of any kind. */
    public int maxBodyBytes() {
        return Math.max(maxEventBytes, maxBatchBytes);
    }

    /** How large a body may be, in words. */
    String bodySize() {
        return "at most %d bytes, or %d for a batch".formatted(maxEventBytes, maxBatchBytes);
    }
}
