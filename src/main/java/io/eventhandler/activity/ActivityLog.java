package io.eventhandler.activity;

import io.eventhandler.json.Excerpt;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Writes a line per client action to the logger {@code activity}, level INFO. */
public final class ActivityLog {

    private static final Logger LOG = LoggerFactory.getLogger("io.eventhandler.activity");

    /** An event was stored and acknowledged. */
    public void published(long id, String name, String source, int bytes, long startNanos, String remote) {
        LOG.atInfo()
                .addKeyValue("event_id", id)
                .addKeyValue("event_name", Excerpt.of(name))
                .addKeyValue("source", Excerpt.of(source))
                .addKeyValue("size", bytes)
                .addKeyValue("duration_us", microsSince(startNanos))
                .addKeyValue("remote", remote)
                .log("published");
    }

    /** A batch of events was stored and acknowledged. */
    public void publishedBatch(long firstId, long lastId, long bytes, long startNanos, String remote) {
        LOG.atInfo()
                .addKeyValue("first_id", firstId)
                .addKeyValue("last_id", lastId)
                .addKeyValue("size", bytes)
                .addKeyValue("duration_us", microsSince(startNanos))
                .addKeyValue("remote", remote)
                .log("published");
    }

    /** Events were acknowledged that an earlier publish with the same idempotency keys had stored, all or some. */
    public void replayed(long firstId, long lastId, boolean whole, long startNanos, String remote) {
        LOG.atInfo()
                .addKeyValue("first_id", firstId)
                .addKeyValue("last_id", lastId)
                .addKeyValue("duration_us", microsSince(startNanos))
                .addKeyValue("remote", remote)
                .log(whole ? "replayed" : "partly replayed");
    }

    /** A request was answered with an error. */
    public void rejected(int status, String reason, String method, String path, long startNanos, String remote) {
        LOG.atInfo()
                .addKeyValue("http_status", status)
                .addKeyValue("reason", Excerpt.of(reason))
                .addKeyValue("method", Excerpt.of(method))
                .addKeyValue("path", Excerpt.of(path))
                .addKeyValue("duration_us", microsSince(startNanos))
                .addKeyValue("remote", remote)
                .log("rejected");
    }

    /** A WebSocket connection was opened. */
    public void connected(long connection, String remote) {
        connection(connection, remote).log("connected");
    }

    /** A WebSocket connection has ended. */
    public void disconnected(long connection, String remote, int code, String reason, long openedNanos) {
        connection(connection, remote)
                .addKeyValue("close_code", code)
                .addKeyValue("reason", Excerpt.of(reason))
                .addKeyValue("duration_us", microsSince(openedNanos))
                .log("disconnected");
    }

    /** A connection subscribed to a name. */
    public void subscribed(long connection, String remote, String name) {
        connection(connection, remote)
                .addKeyValue("event_name", Excerpt.of(name))
                .log("subscribed");
    }

    /** A connection unsubscribed from a name. */
    public void unsubscribed(long connection, String remote, String name) {
        connection(connection, remote)
                .addKeyValue("event_name", Excerpt.of(name))
                .log("unsubscribed");
    }

    /** A WebSocket message was answered with an error. */
    public void refused(long connection, String remote, String reason) {
        connection(connection, remote).addKeyValue("reason", Excerpt.of(reason)).log("refused");
    }

    /** A subscriber that did not keep up is being ended. */
    public void slowConsumer(long connection, String remote, long lastSentId, int queuedEvents, long queuedBytes) {
        connection(connection, remote)
                .addKeyValue("last_sent_id", lastSentId)
                .addKeyValue("queued_events", queuedEvents)
                .addKeyValue("queued_bytes", queuedBytes)
                .log("slow consumer ended");
    }

    /** An API key was made. */
    public void keyCreated(String key, String name, String by, String remote) {
        LOG.atInfo()
                .addKeyValue("key", key)
                .addKeyValue("name", Excerpt.of(name))
                .addKeyValue("by", Excerpt.of(by))
                .addKeyValue("remote", remote)
                .log("key created");
    }

    /** An API key was deleted. */
    public void keyDeleted(String key, String by, String remote) {
        LOG.atInfo()
                .addKeyValue("key", Excerpt.of(key))
                .addKeyValue("by", Excerpt.of(by))
                .addKeyValue("remote", remote)
                .log("key deleted");
    }

    private static LoggingEventBuilder connection(long connection, String remote) {
        return LOG.atInfo().addKeyValue("connection", connection).addKeyValue("remote", remote);
    }

    private static long microsSince(long startNanos) {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNanos);
    }
}
