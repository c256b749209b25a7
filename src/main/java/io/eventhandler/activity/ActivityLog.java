package io.eventhandler.activity;

import io.eventhandler.json.Excerpt;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Writes a line per client action to the logger {@code activity}, level INFO. */
public final class ActivityLog {

    private static final Logger LOG = LoggerFactory.getLogger("io.eventhandler.activity");

    private final Refusals refusals = new Refusals();

    /** An event was stored and acknowledged. */
    public void published(
            long id, String name, String source, int bytes, long startNanos, String remote, Client client) {
        from(remote, client)
                .addKeyValue("event_id", id)
                .addKeyValue("event_name", Excerpt.of(name))
                .addKeyValue("source", Excerpt.of(source))
                .addKeyValue("size", bytes)
                .addKeyValue("duration_us", microsSince(startNanos))
                .log("published");
    }

    /** A batch of events was stored and acknowledged. */
    public void publishedBatch(long firstId, long lastId, long bytes, long startNanos, String remote, Client client) {
        from(remote, client)
                .addKeyValue("first_id", firstId)
                .addKeyValue("last_id", lastId)
                .addKeyValue("size", bytes)
                .addKeyValue("duration_us", microsSince(startNanos))
                .log("published");
    }

    /** Events were acknowledged that an earlier publish with the same idempotency keys had stored, all or some. */
    public void replayed(long firstId, long lastId, boolean whole, long startNanos, String remote, Client client) {
        from(remote, client)
                .addKeyValue("first_id", firstId)
                .addKeyValue("last_id", lastId)
                .addKeyValue("duration_us", microsSince(startNanos))
                .log(whole ? "replayed" : "partly replayed");
    }

    /**
     * A request was answered with an error.
     *
     * @param client null when it is not known
     */
    public void rejected(
            int status,
            String reason,
            String method,
            String path,
            long startNanos,
            String remote,
            @Nullable Client client) {
        from(remote, client)
                .addKeyValue("http_status", status)
                .addKeyValue("reason", Excerpt.of(reason))
                .addKeyValue("method", Excerpt.of(method))
                .addKeyValue("path", Excerpt.of(path))
                .addKeyValue("duration_us", microsSince(startNanos))
                .log("rejected");
    }

    /**
     * A credential was refused, or there was none where one is needed. A line for each would fill the disk while somebody
     * tries tokens: of many, {@code left_out} counts those before this line that got none.
     *
     * @param where it was shown: a method and a path, or an action
     */
    public void credentialRefused(String reason, String where, String remote) {
        long leftOut = refusals.count(remote, System.nanoTime());
        if (leftOut != Refusals.NONE) {
            LOG.atInfo()
                    .addKeyValue("remote", remote)
                    .addKeyValue("reason", Excerpt.of(reason))
                    .addKeyValue("where", Excerpt.of(where))
                    .addKeyValue("left_out", leftOut)
                    .log("credential refused");
        }
    }

    /** A WebSocket connection or an event stream was opened. */
    public void connected(long connection, String remote, Client client) {
        who(connection(connection, remote), client).log("connected");
    }

    /** A connection goes on with another credential. */
    public void authenticated(long connection, String remote, Client client) {
        who(connection(connection, remote), client).log("authenticated");
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
    public void keyCreated(String key, String name, String remote, Client by) {
        from(remote, by)
                .addKeyValue("key_created", key)
                .addKeyValue("name", Excerpt.of(name))
                .log("key created");
    }

    /** An API key was deleted. */
    public void keyDeleted(String key, String remote, Client by) {
        from(remote, by).addKeyValue("key_deleted", Excerpt.of(key)).log("key deleted");
    }

    /** A ticket was made, to open one connection with. */
    public void ticketCreated(String remote, Client by) {
        from(remote, by).log("ticket created");
    }

    private static LoggingEventBuilder from(String remote, @Nullable Client client) {
        return who(LOG.atInfo().addKeyValue("remote", remote), client);
    }

    private static LoggingEventBuilder who(LoggingEventBuilder line, @Nullable Client client) {
        String name = client == null ? null : client.client();
        if (client == null || name == null) {
            return line;
        }
        LoggingEventBuilder named = line.addKeyValue("client", Excerpt.of(name));
        String key = client.key();
        return key == null ? named : named.addKeyValue("key", key);
    }

    private static LoggingEventBuilder connection(long connection, String remote) {
        return LOG.atInfo().addKeyValue("connection", connection).addKeyValue("remote", remote);
    }

    private static long microsSince(long startNanos) {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNanos);
    }
}
