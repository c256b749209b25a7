package io.eventhandler.subscribe;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.event.Event;
import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.read.EventsRemovedException;
import io.eventhandler.fanout.Hub;
import io.eventhandler.fanout.MessageFormat;
import io.eventhandler.fanout.OutboundMessage;
import io.eventhandler.feed.Feed;
import io.eventhandler.feed.ReplayPages;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.tail.LogReset;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of {@code /events/stream}: server-sent events as the HTML standard has them, section 9.2. While nothing
 * matches it is sent its position as an {@code id:} without data, which a client remembers and does not show.
 */
final class EventStream implements SubscriberConnection {

    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

    /** How long an ended stream has to take its end. */
    private static final Duration END_WITHIN = Duration.ofSeconds(5);

    /** How soon a client comes back when its stream ends, drawn for each, so that they don't all come back at once. */
    private static final int MIN_RETRY_MILLIS = 1_000;

    private static final int MAX_RETRY_MILLIS = 5_000;

    /** So many are copied to be one write. */
    private static final int MAX_BYTES_PER_WRITE = 32 << 10;

    private static final byte[] HEARTBEAT = bytes(":\n\n");

    private static final MessageFormat FORMAT = EventStream::encode;

    private final Response response;
    private final Callback callback;
    private final ConnectionActivity activity;
    private final OpenConnections connections;
    private final OutboundQueue queue;
    private final Feed feed;
    private final ConnectionIdentity identity;
    private final IdleTimer idle;
    private final long openedNanos = System.nanoTime();
    private final AtomicBoolean closed = new AtomicBoolean();

    private volatile int closeCode; // why it is being ended, 0 while it is not
    private volatile long endingSinceNanos;
    private volatile long writingSinceNanos; // 0 while no write is under way

    EventStream(
            Request request,
            Response response,
            Callback callback,
            Hub hub,
            ReplayPages pages,
            ActivityLog activity,
            OpenConnections connections) {
        this.response = response;
        this.callback = callback;
        this.identity = ConnectionIdentity.of(request);
        this.activity = new ConnectionActivity(activity, connections.nextId(), identity.remote());
        this.connections = connections;
        this.queue = new OutboundQueue(new ResponseSink(), connections.limits(), connections.memory());
        this.feed = new Feed(hub, pages, queue);
        this.idle = new IdleTimer(connections.limits().pingAfter());
        request.addIdleTimeoutListener(timeout -> false); // the check below looks after it
        request.addFailureListener(this::closed);
    }

    /** Begins an answer that is a stream. */
    static void putHeaders(Response response) {
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache, no-transform");
        response.getHeaders().put("X-Accel-Buffering", "no"); // nginx would hold events back
    }

    void open(EventStreamRequest wanted) {
        putHeaders(response);
        activity.connected(identity.principal());
        connections.add(this);
        int retry = ThreadLocalRandom.current().nextInt(MIN_RETRY_MILLIS, MAX_RETRY_MILLIS);
        queue.offer(
                OutboundMessage.reply(bytes("retry: %d\n\n".formatted(retry)))); // the headers go out now, with this
        Long after = wanted.after();
        if (after == null) {
            feed.subscribe(wanted.patterns(), FORMAT, head -> {});
        } else {
            feed.subscribeAfter(wanted.patterns(), FORMAT, after, head -> {});
        }
        queue.flush();
        activity.subscribed(wanted.patterns());
    }

    private static byte[] encode(Event event) {
        byte[] head = bytes("id: %d\nevent: %s\ndata: ".formatted(event.id(), event.name()));
        byte[] data = MessageFormats.OWN.full().encode(event);
        byte[] message = new byte[head.length + data.length + 2];
        System.arraycopy(head, 0, message, 0, head.length);
        for (int i = 0; i < data.length; i++) {
            // In JSON a line can only end between two tokens, where a space means the same.
            message[head.length + i] = data[i] == '\n' || data[i] == '\r' ? (byte) ' ' : data[i];
        }
        message[message.length - 2] = '\n';
        message[message.length - 1] = '\n';
        return message;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The body of the response. */
    private final class ResponseSink implements OutboundQueue.Sink {

        @Override
        public void write(List<OutboundMessage> messages, Callback written) {
            connections.metrics().writing(transport(), messages);
            writingSinceNanos = System.nanoTime();
            response.write(
                    false,
                    together(messages),
                    Callback.from(
                            () -> {
                                writingSinceNanos = 0;
                                written.succeeded();
                            },
                            written::failed));
        }

        private static ByteBuffer together(List<OutboundMessage> messages) {
            if (messages.size() == 1) {
                return ByteBuffer.wrap(messages.getFirst().bytes());
            }
            ByteBuffer buffer = ByteBuffer.allocate(messages.stream()
                    .mapToInt(message -> message.bytes().length)
                    .sum());
            messages.forEach(message -> buffer.put(message.bytes()));
            return buffer.flip();
        }

        @Override
        public int maxBytesPerWrite() {
            return MAX_BYTES_PER_WRITE;
        }

        @Override
        public void broken(Throwable cause) {
            closed(cause);
        }

        @Override
        public void end() {
            if (closeCode == CloseStatus.SERVER_ERROR) {
                closed(new IOException("internal error")); // no whole answer
                return;
            }
            response.write(true, BufferUtil.EMPTY_BUFFER, Callback.from(() -> closed(null), EventStream.this::closed));
        }

        @Override
        public void overflow() {
            makeRoom();
        }

        @Override
        public void failed(Throwable cause) {
            LOG.error("connection {} could not be sent an event and is cut", activity.id(), cause);
            endsWith(CloseStatus.SERVER_ERROR);
            endBehindQueue();
        }

        @Override
        public OutboundMessage checkpoint(long position) {
            return OutboundMessage.checkpoint(position, "id: %d\n\n".formatted(position));
        }

        @Override
        public void removed(List<NamePattern> forgotten, EventsRemovedException reason) {
            EventStream.this.end(SLOW_CONSUMER, String.valueOf(reason.getMessage()));
        }
    }

    @Override
    public Transport transport() {
        return Transport.SSE;
    }

    @Override
    public boolean hasEnded() {
        return closed.get();
    }

    @Override
    public ConnectionIdentity identity() {
        return identity;
    }

    @Override
    public int subscriptions() {
        return feed.size();
    }

    /** What the client resumes after is its position in the log as it is now. */
    @Override
    public void reset(LogReset reset) {
        if (reset.cause() == LogReset.Cause.REMOVED) {
            end(SLOW_CONSUMER, "events were removed before they were sent");
            return;
        }
        long sent = queue.lastSentId();
        long after = sent == 0 ? reset.common() : Math.min(sent, reset.common());
        endsWith(LOG_RESET);
        queue.closeWith(
                OutboundMessage.reply(bytes("id: %1$d\nevent: reset\ndata: {\"epoch\":\"%2$s\",\"after\":%1$d}\n\n"
                        .formatted(after, reset.epoch()))));
        endBehindQueue();
    }

    @Override
    public long heldBytes() {
        return queue.heldBytes();
    }

    @Override
    public void makeRoom() {
        activity.slowConsumer(queue.lastSentId(), queue.size(), queue.bytes());
        end(SLOW_CONSUMER, "slow consumer");
    }

    @Override
    public void end(int code, String reason) {
        endsWith(code);
        queue.close();
        endBehindQueue();
    }

    /** Says why it ends, before the queue can end it. */
    private void endsWith(int code) {
        if (closeCode == 0) {
            endingSinceNanos = System.nanoTime();
            closeCode = code;
            if (code == SLOW_CONSUMER) {
                connections.metrics().slowConsumer(transport());
            }
        }
    }

    private void endBehindQueue() {
        BackgroundThread.once("stream-end", queue::flush); // elsewhere: the caller may be the hub, under its lock
    }

    @Override
    public void check(long nowNanos) {
        if (identity.due() == ConnectionIdentity.Due.END) {
            end(POLICY_VIOLATION, "token expired");
        }
        long patience = 2 * connections.limits().pingAfter().toNanos();
        long writing = writingSinceNanos;
        if (closeCode != 0 && nowNanos - endingSinceNanos > END_WITHIN.toNanos()) {
            closed(new TimeoutException("the client did not take the end of the stream"));
        } else if (writing != 0 && nowNanos - writing > patience) {
            closed(new TimeoutException("the client does not read"));
        } else if (idle.isOver(nowNanos, queue.lastOfferedId())) {
            feed.checkpoint();
            queue.offer(OutboundMessage.reply(HEARTBEAT));
            queue.flush();
        }
    }

    /** The stream has ended: as a whole when there is no failure, else by cutting the connection. */
    private void closed(@Nullable Throwable failure) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        queue.abandon();
        feed.close();
        connections.remove(this);
        activity.disconnected(closeCode, failure == null ? "" : String.valueOf(failure), openedNanos);
        if (failure == null) {
            callback.succeeded();
        } else {
            callback.failed(failure);
        }
    }
}
