package io.eventhandler.eventlog.notify;

import static io.eventhandler.postgres.jooq.Tables.EVENTS_NOTIFICATION_KEY;

import io.eventhandler.event.Event;
import io.eventhandler.eventlog.EventLog;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;

/**
 * Reads what {@code append_events} notifies: the new head, and the events themselves when they fit. Any role that may
 * connect to the database can notify, so the events count only with the signature that the log's key makes. Thread-safe.
 */
public final class NotificationReader {

    private final byte[] key;

    /**
     * @param key that signs notifications
     */
    public NotificationReader(String key) {
        this.key = key.getBytes(StandardCharsets.UTF_8);
    }

    /** With the log's key; may throw jOOQ's {@code DataAccessException}. */
    public static NotificationReader of(EventLog log) {
        return new NotificationReader(
                log.sql().fetchSingle(EVENTS_NOTIFICATION_KEY).getKey());
    }

    /** Whether it says that the log has a new epoch. */
    public boolean isNewEpoch(String payload) {
        return payload.startsWith("epoch ");
    }

    /**
     * The new head.
     *
     * @throws NumberFormatException when it is no notification of the log
     */
    public long head(String payload) {
        int end = payload.indexOf(' ');
        return Long.parseLong(payload, 0, end < 0 ? payload.length() : end, 10);
    }

    /** The events up to the new head, oldest first; none when they did not fit, or are not signed by the log. */
    public List<Event> events(String payload) {
        String[] parts = payload.split(" ", 5); // head, signature, first id, microseconds, events
        if (parts.length < 5) {
            return List.of();
        }
        String signed = payload.substring(parts[0].length() + parts[1].length() + 2);
        byte[] signature = parts[1].getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(signature, sign(signed).getBytes(StandardCharsets.UTF_8))) {
            return List.of();
        }
        Instant createdAt = Instant.EPOCH.plus(Long.parseLong(parts[3]), ChronoUnit.MICROS);
        return InlineEvents.decode(parts[4], Long.parseLong(parts[2]), createdAt);
    }

    private String sign(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(key);
            digest.update(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(key));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
