package io.eventhandler.subscribe;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.fanout.Hub;
import io.eventhandler.fanout.Outbound;
import io.eventhandler.fanout.Subscriber;
import io.eventhandler.fanout.Subscription;
import io.eventhandler.web.Envelope;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.internal.MessageHandler;
import org.jspecify.annotations.Nullable;

/** One client on {@code /ws}: its commands, its subscriptions and what is on its way to it. */
final class WebSocketConnection extends MessageHandler implements Subscriber {

    /** The close code for a subscriber that does not keep up (in the range that RFC 6455 leaves to applications). */
    private static final int SLOW_CONSUMER = 4008;

    /** How long an ended connection has to take its close frame. */
    private static final Duration END_WITHIN = Duration.ofSeconds(5);

    private final long id;
    private final String remote;
    private final Outbound.Encoder encoder;
    private final Hub hub;
    private final ActivityLog activity;
    private final WebSocketEndpoint.Options options;
    private final Set<WebSocketConnection> open; // the endpoint's
    private final long openedNanos = System.nanoTime();
    private final Map<String, Subscription> subscriptions = new HashMap<>(2); // guarded by itself

    private volatile @Nullable OutboundQueue queue; // set when the connection is open
    private volatile long lastHeardNanos = openedNanos;
    private volatile long endingSinceNanos; // 0 while it is not being ended

    WebSocketConnection(
            long id,
            String remote,
            Outbound.Encoder encoder,
            Hub hub,
            ActivityLog activity,
            WebSocketEndpoint.Options options,
            Set<WebSocketConnection> open) {
        this.id = id;
        this.remote = remote;
        this.encoder = encoder;
        this.hub = hub;
        this.activity = activity;
        this.options = options;
        this.open = open;
    }

    @Override
    public void onOpen(CoreSession session, Callback callback) {
        queue = new OutboundQueue(session, encoder, options.maxQueuedEvents(), options.maxQueuedBytes());
        open.add(this);
        activity.connected(id, remote);
        super.onOpen(session, callback);
    }

    @Override
    public void onFrame(Frame frame, Callback callback) {
        lastHeardNanos = System.nanoTime();
        super.onFrame(frame, callback);
    }

    @Override
    protected void onText(String message, Callback callback) {
        execute(CommandParser.parse(message));
        callback.succeeded();
    }

    @Override
    protected void onBinary(ByteBuffer message, Callback callback) {
        execute(new Command.Invalid("binary messages are not accepted, send JSON text"));
        callback.succeeded();
    }

    private void execute(Command command) {
        switch (command) {
            case Command.Subscribe subscribe -> subscribe(subscribe.eventName());
            case Command.Unsubscribe unsubscribe -> unsubscribe(unsubscribe.eventName());
            case Command.Ping ping -> reply(Envelope.ok("pong", "null"));
            case Command.Invalid invalid -> refuse(invalid.reason());
        }
    }

    private void subscribe(String name) {
        synchronized (subscriptions) {
            if (subscriptions.containsKey(name)) {
                return;
            }
            if (subscriptions.size() < options.maxSubscriptions()) {
                subscriptions.put(name, hub.subscribe(name, this));
                activity.subscribed(id, remote, name);
                return;
            }
        }
        refuse("a connection has at most %d subscriptions".formatted(options.maxSubscriptions()));
    }

    private void unsubscribe(String name) {
        Subscription subscription;
        synchronized (subscriptions) {
            subscription = subscriptions.remove(name);
        }
        if (subscription == null) {
            refuse("'%s' is not subscribed".formatted(name));
        } else {
            hub.unsubscribe(subscription);
            activity.unsubscribed(id, remote, name);
        }
    }

    private void refuse(String reason) {
        activity.refused(id, remote, reason);
        reply(Envelope.error(reason));
    }

    private void reply(byte[] message) {
        offer(Outbound.reply(message));
        flush();
    }

    @Override
    public boolean offer(Outbound event) {
        OutboundQueue out = queue;
        if (out == null) {
            return false;
        }
        return switch (out.offer(event)) {
            case FIRST -> true;
            case TAKEN, CLOSED -> false;
            case OVERFLOW -> {
                activity.slowConsumer(id, remote, out.lastSentId(), out.size(), out.bytes());
                end(SLOW_CONSUMER, "slow consumer");
                yield false;
            }
        };
    }

    @Override
    public void flush() {
        OutboundQueue out = queue;
        if (out != null) {
            out.flush();
        }
    }

    /** Sends a close frame behind the write that is under way, with the id to resume after, and takes no more events. */
    void end(int code, String reason) {
        OutboundQueue out = queue;
        if (out == null || endingSinceNanos != 0) {
            return;
        }
        endingSinceNanos = Math.max(1, System.nanoTime());
        out.close();
        long lastSentId = out.lastSentId();
        String withPosition = lastSentId == 0 ? reason : "%s after=%d".formatted(reason, lastSentId);
        getCoreSession().close(new CloseStatus(code, withPosition), Callback.NOOP);
    }

    /** Pings a connection that was silent, and cuts one that stays silent or won't end. Called now and then. */
    void check(long nowNanos) {
        long pingAfter = options.pingAfter().toNanos();
        long silent = nowNanos - lastHeardNanos;
        boolean wontEnd = endingSinceNanos != 0 && nowNanos - endingSinceNanos > END_WITHIN.toNanos();
        if (wontEnd || silent > 2 * pingAfter) {
            getCoreSession().abort();
        } else if (silent > pingAfter && endingSinceNanos == 0) {
            getCoreSession().sendFrame(new Frame(OpCode.PING, true, BufferUtil.EMPTY_BUFFER), Callback.NOOP, false);
        }
    }

    @Override
    public void onClosed(CloseStatus status, Callback callback) {
        OutboundQueue out = queue;
        if (out != null) {
            out.close();
        }
        synchronized (subscriptions) {
            subscriptions.values().forEach(hub::unsubscribe);
            subscriptions.clear();
        }
        open.remove(this);
        activity.disconnected(
                id, remote, status.getCode(), status.getReason() == null ? "" : status.getReason(), openedNanos);
        super.onClosed(status, callback);
    }
}
