package io.eventhandler.subscribe;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.read.EventsRemovedException;
import io.eventhandler.eventlog.read.ReplayReader;
import io.eventhandler.fanout.Hub;
import io.eventhandler.fanout.OutboundMessage;
import io.eventhandler.feed.Feed;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.tail.LogReset;
import io.eventhandler.web.Envelope;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
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

    /** How long an ended connection has to take its close frame. */
    private static final Duration END_WITHIN = Duration.ofSeconds(5);

    private final ConnectionActivity activity;
    private final OpenConnections connections;
    private final OutboundQueue queue;
    private final Feed feed;
    private final CommandExecutor commands;
    private final IdleTimer idle;
    private final long openedNanos = System.nanoTime();

    private volatile long lastHeardNanos = openedNanos;
    private volatile long endingSinceNanos; // 0 while it is not being ended
    private volatile int closeCode; // set before that
    private volatile String closeReason = "";
    private volatile long common = -1; // when the log was reset, the id up to which it is as it was

    WebSocketConnection(
            String remote,
            MessageFormats formats,
            Hub hub,
            ReplayReader reader,
            ActivityLog activity,
            OpenConnections connections) {
        super(false); // the next message is asked for when the one before has been executed
        this.activity = new ConnectionActivity(activity, connections.nextId(), remote);
        this.connections = connections;
        this.queue = new OutboundQueue(new FrameSink(), connections.limits());
        this.feed = new Feed(hub, reader, queue);
        this.commands = new CommandExecutor(queue, formats, feed, hub, reader, this.activity, connections);
        this.idle = new IdleTimer(connections.limits().checkpointEvery());
    }

    @Override
    public void onOpen(CoreSession session, Callback callback) {
        activity.connected();
        super.onOpen(session, callback);
        connections.add(this);
        session.demand();
    }

    @Override
    public void onFrame(Frame frame, Callback callback) {
        lastHeardNanos = System.nanoTime();
        super.onFrame(frame, callback);
    }

    @Override
    protected void onText(String message, Callback callback) {
        callback.succeeded();
        commands.execute(CommandParser.parse(message), getCoreSession()::demand);
    }

    @Override
    protected void onBinary(ByteBuffer message, Callback callback) {
        callback.succeeded();
        commands.execute(
                new Command.Invalid("binary messages are not accepted, send JSON text", null),
                getCoreSession()::demand);
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
        public void end() {
            getCoreSession().close(new CloseStatus(closeCode, closeReason + resumption()), Callback.NOOP);
        }

        @Override
        public void broken(Throwable cause) {
            getCoreSession().abort();
        }

        @Override
        public void overflow() {
            activity.slowConsumer(queue.lastSentId(), queue.size(), queue.bytes());
            WebSocketConnection.this.end(SLOW_CONSUMER, "slow consumer");
        }

        @Override
        public void failed(Throwable cause) {
            LOG.error("connection {} could not be sent an event and is ended", activity.id(), cause);
            endBehindQueue(CloseStatus.SERVER_ERROR, "internal error");
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

    /** Where the client may go on, as the end of its close reason. */
    private String resumption() {
        long sent = queue.lastSentId();
        if (common >= 0) {
            return " after=" + (sent == 0 ? common : Math.min(sent, common));
        }
        return sent == 0 ? "" : " after=" + sent;
    }

    @Override
    public void end(int code, String reason) {
        queue.close();
        endBehindQueue(code, reason);
    }

    private void endBehindQueue(int code, String reason) {
        if (endingSinceNanos != 0) {
            return;
        }
        closeCode = code;
        closeReason = reason;
        endingSinceNanos = Math.max(1, System.nanoTime());
        if (code == SLOW_CONSUMER) {
            connections.metrics().slowConsumer(transport());
        }
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
        if (commands.wantsCheckpoints() && idle.isOver(nowNanos, queue.lastOfferedId())) {
            feed.checkpoint();
            queue.flush();
        }
    }

    @Override
    public void onClosed(CloseStatus status, Callback callback) {
        queue.close();
        feed.close();
        connections.remove(this);
        activity.disconnected(status.getCode(), status.getReason() == null ? "" : status.getReason(), openedNanos);
        super.onClosed(status, callback);
    }
}
