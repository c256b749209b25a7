package io.eventhandler.eventlog.append;

import io.eventhandler.event.IdempotencyKey;
import io.eventhandler.event.NewEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a publisher wants stored only once: some of its events, under a key. Immutable.
 *
 * @param first the index of the first of these events
 * @param count how many they are
 * @param fingerprint SHA-256 of these events: the same key may not stand for others
 */
@SuppressWarnings("ArrayRecordComponent") // nobody else holds it
record KeyedEvents(int first, int count, IdempotencyKey key, byte[] fingerprint) {

    private static final byte EVENT = 1;
    private static final byte BATCH = 2;

    /**
     * The claims of a publisher, none when it gives no key.
     *
     * @param batchKey for all events as a whole, under the source of the first; null when they have their own, if any
     */
    static List<KeyedEvents> of(List<NewEvent> events, @Nullable String batchKey) {
        if (batchKey != null) {
            var key = new IdempotencyKey(events.getFirst().source(), batchKey);
            return List.of(new KeyedEvents(0, events.size(), key, fingerprint(BATCH, events)));
        }
        List<KeyedEvents> claims = List.of();
        for (int i = 0; i < events.size(); i++) {
            NewEvent event = events.get(i);
            if (event.idempotencyKey() != null) {
                claims = claims.isEmpty() ? new ArrayList<>() : claims;
                var key = new IdempotencyKey(event.source(), event.idempotencyKey());
                claims.add(new KeyedEvents(i, 1, key, fingerprint(EVENT, List.of(event))));
            }
        }
        return claims;
    }

    private static byte[] fingerprint(byte kind, List<NewEvent> events) {
        MessageDigest digest = sha256();
        digest.update(kind);
        for (NewEvent event : events) {
            update(digest, event.name().getBytes(StandardCharsets.UTF_8));
            update(digest, event.source().getBytes(StandardCharsets.UTF_8));
            update(digest, event.payload());
            update(digest, event.metadata() == null ? null : event.metadata().getBytes(StandardCharsets.UTF_8));
        }
        return digest.digest();
    }

    /** With its length before it, so that no two sequences of parts look alike. */
    private static void update(MessageDigest digest, byte @Nullable [] part) {
        digest.update(ByteBuffer.allocate(Integer.BYTES)
                .putInt(part == null ? -1 : part.length)
                .flip());
        if (part != null) {
            digest.update(part);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
