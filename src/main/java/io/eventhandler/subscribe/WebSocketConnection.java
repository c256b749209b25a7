package io.eventhandler.subscribe;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.read.EventsRemovedException;
import io.eventhandler.fanout.Hub;
import io.eventhandler.fanout.OutboundMessage;
import io.eventhandler.feed.Feed;
import io.eventhandler.feed.ReplayPages;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.tail.LogReset;
import io.eventhandler.web.Envelope;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.internal.MessageHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client on {@code /ws}: its frames, its place in the log and what is on its way to it. */
final class WebSocketConnection extends MessageHandler implements SubscriberConnection {

    private static final Logger LOG = LoggerFactory.getLogger(WebSocketConnection.class);

    private static final int MAX_BYTES_PER_WRITE = 256 << 10;

    /** A message up to this size is taken whatever is arriving from others. */
    private static final int SMALL_MESSAGE_BYTES = 4 << 10;

    /** How long an ended connection has to take its close frame. */
    private static final Duration END_WITHIN = Duration.ofSeconds(5);

    private final ConnectionActivity activity;
    private final OpenConnections connections;
    private final OutboundQueue queue;
    private final Feed feed;
    private final ConnectionIdentity identity;
    private final CommandExecutor commands;
    private final IdleTimer idle;
    private final long openedNanos = System.nanoTime();

    private volatile long lastHeardNanos = openedNanos;
    private volatile long arrivingSinceNanos; // the message that has begun to, 0 for none
    private final AtomicLong inboundBytes = new AtomicLong(); // of the message that arrives or is executed
    private volatile long endingSinceNanos; // 0 while it is not being ended
    private volatile int closeCode; // set before that
    private volatile String closeReason = "";
    private volatile boolean ended;
    private volatile long common = -1; // when the log was reset, the id up to which it is as it was

    WebSocketConnection(
            ConnectionIdentity identity,
            MessageFormats formats,
            Hub hub,
            ReplayPages pages,
            ActivityLog activity,
            OpenConnections connections) {
        super(false); // the next message is asked for when the one before has been executed
        this.activity = new ConnectionActivity(activity, connections.nextId(), identity.remote());
        this.connections = connections;
        this.queue = new OutboundQueue(new FrameSink(), connections.limits(), connections.memory());
        this.feed = new Feed(hub, pages, queue);
        this.identity = identity;
        this.commands =
                new CommandExecutor(queue, formats, feed, hub, pages.reader(), this.activity, connections, identity);
        this.idle = new IdleTimer(connections.limits().checkpointEvery());
    }

    @Override
    public void onOpen(CoreSession session, Callback callback) {
        activity.connected(identity.principal());
        super.onOpen(session, callback);
        connections.add(this);
        session.demand();
    }

    @Override
    public void onFrame(Frame frame, Callback callback) {
        lastHeardNanos = System.nanoTime();
        if (frame.isDataFrame() && !takes(frame)) {
            callback.succeeded();
            end(TRY_AGAIN_LATER, "too many messages are arriving at once, try again later");
            return;
        }
        super.onFrame(frame, callback);
    }

    /** Counts what has arrived of a message; false when it is large and all connections have too much of them. */
    private boolean takes(Frame frame) {
        if (arrivingSinceNanos == 0) {
            arrivingSinceNanos = lastHeardNanos;
        }
        if (frame.isFin()) {
            arrivingSinceNanos = 0;
        }
        long bytes = frame.getPayloadLength();
        connections.inbound().take(bytes);
        return inboundBytes.addAndGet(bytes) <= SMALL_MESSAGE_BYTES
                || !connections.inbound().isExhausted();
    }

    private void forgetInbound() {
        connections.inbound().giveBack(inboundBytes.getAndSet(0));
    }

    /** The message was executed: asks for the next one. */
    private void executed() {
        forgetInbound();
        getCoreSession().demand();
    }

    @Override
    protected void onText(String message, Callback callback) {
        callback.succeeded();
        commands.execute(CommandParser.parse(message), this::executed);
    }

    @Override
    protected void onBinary(ByteBuffer message, Callback callback) {
        callback.succeeded();
        commands.execute(new Command.Invalid("binary messages are not accepted, send JSON text", null), this::executed);
    }

    /** One frame per message; the last one flushes them. */
    private final class FrameSink implements OutboundQueue.Sink {

        @Override
        public void write(List<OutboundMessage> messages, Callback callback) {
            connections.metrics().writing(transport(), messages);
            CoreSession session = getCoreSession();
            for (int i = 0; i < messages.size(); i++) {
                boolean last = i == messages.size() - 1;
                var frame = new Frame(
                        OpCode.TEXT, true, ByteBuffer.wrap(messages.get(i).bytes()));
                session.sendFrame(frame, last ? callback : Callback.NOOP, !last);
            }
        }

        @Override
        public int maxBytesPerWrite() {
            return MAX_BYTES_PER_WRITE;
        }

        @Override
        public void end() {
            getCoreSession().close(new CloseStatus(closeCode, reason()), Callback.NOOP);
        }

        @Override
        public void broken(Throwable cause) {
            getCoreSession().abort();
        }

        @Override
        public void overflow() {
            makeRoom();
        }

        @Override
        public void failed(Throwable cause) {
            LOG.error("connection {} could not be sent an event and is ended", activity.id(), cause);
            endsWith(CloseStatus.SERVER_ERROR, "internal error");
            endBehindQueue();
        }

        @Override
        public OutboundMessage checkpoint(long position) {
            return OutboundMessage.checkpoint(
                    position, "{\"checkpoint\":%d,\"epoch\":\"%s\"}".formatted(position, connections.epoch()));
        }

        @Override
        public void removed(List<NamePattern> forgotten, EventsRemovedException reason) {
            queue.offer(OutboundMessage.reply(
                    Envelope.error("%s; no longer subscribed to %s".formatted(reason.getMessage(), forgotten))));
            queue.flush();
        }
    }

    @Override
    public Transport transport() {
        return Transport.WEBSOCKET;
    }

    @Override
    public ConnectionIdentity identity() {
        return identity;
    }

    @Override
    public int subscriptions() {
        return feed.size();
    }

    @Override
    public void reset(LogReset reset) {
        if (reset.cause() == LogReset.Cause.REMOVED) {
            end(SLOW_CONSUMER, "events were removed before they were sent");
        } else {
            common = reset.common();
            end(LOG_RESET, "log reset; epoch=%s;".formatted(reset.epoch()));
        }
    }

    /** Why it ends, and where the client may go on. */
    private String reason() {
        long sent = queue.lastSentId();
        if (common >= 0) {
            return closeReason + " after=" + (sent == 0 ? common : Math.min(sent, common));
        }
        return sent == 0 ? closeReason.replaceFirst(";$", "") : closeReason + " after=" + sent;
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
        endsWith(code, reason);
        queue.close();
        endBehindQueue();
    }

    /** Says how it ends, before the queue can end it. */
    private void endsWith(int code, String reason) {
        if (endingSinceNanos != 0) {
            return;
        }
        closeCode = code;
        closeReason = reason;
        endingSinceNanos = Math.max(1, System.nanoTime());
        if (code == SLOW_CONSUMER) {
            connections.metrics().slowConsumer(transport());
        }
    }

    private void endBehindQueue() {
        BackgroundThread.once("websocket-end", queue::flush); // elsewhere: the caller may be the hub, under its lock
    }

    @Override
    public void check(long nowNanos) {
        long pingAfter = connections.limits().pingAfter().toNanos();
        long silent = nowNanos - lastHeardNanos;
        boolean wontEnd = endingSinceNanos != 0 && nowNanos - endingSinceNanos > END_WITHIN.toNanos();
        if (wontEnd || silent > 2 * pingAfter) {
            getCoreSession().abort();
        } else if (silent > pingAfter && endingSinceNanos == 0) {
            getCoreSession().sendFrame(new Frame(OpCode.PING, true, BufferUtil.EMPTY_BUFFER), Callback.NOOP, false);
        }
        checkCredential();
        long arriving = arrivingSinceNanos;
        if (arriving != 0 && nowNanos - arriving > 2 * pingAfter) {
            end(TRY_AGAIN_LATER, "a message took too long to arrive");
        }
        if (commands.wantsCheckpoints() && idle.isOver(nowNanos, queue.lastOfferedId())) {
            feed.checkpoint();
            queue.flush();
        }
    }

    private void checkCredential() {
        switch (identity.due()) {
            case END -> end(POLICY_VIOLATION, "token expired;");
            case WARNING -> {
                if (commands.wantsCheckpoints()) {
                    String data = "{\"expires_at\":\"%s\"}"
                            .formatted(identity.principal().expiresAt());
                    queue.offer(OutboundMessage.reply(Envelope.ok("token expires", data)));
                    queue.flush();
                }
            }
            case NOTHING -> {}
        }
    }

    @Override
    public boolean hasEnded() {
        return ended;
    }

    @Override
    public void onClosed(CloseStatus status, Callback callback) {
        ended = true;
        queue.abandon();
        feed.close();
        forgetInbound();
        connections.remove(this);
        activity.disconnected(status.getCode(), status.getReason() == null ? "" : status.getReason(), openedNanos);
        super.onClosed(status, callback);
    }
}
