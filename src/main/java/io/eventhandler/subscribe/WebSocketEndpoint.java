package io.eventhandler.subscribe;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.fanout.Hub;
import io.eventhandler.fanout.Outbound;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.Envelope;
import io.eventhandler.web.WebServer;
import io.javalin.config.RoutesConfig;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.WebSocketComponents;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeResponse;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;
import org.eclipse.jetty.websocket.core.server.WebSocketUpgradeHandler;
import org.jspecify.annotations.Nullable;

/** Accepts WebSocket connections on {@code /ws} and looks after the idle ones. Thread-safe. */
public final class WebSocketEndpoint implements WebSocketNegotiator, Endpoint, Part {

    private static final String PATH = "/ws";

    /** The subprotocol of CloudEvents as JSON (their WebSockets protocol binding, section 1.5). */
    private static final String CLOUD_EVENTS = "cloudevents.json";

    private static final int MAX_INBOUND_BYTES = 64 << 10;
    private static final int OUTPUT_BUFFER_BYTES = 16 << 10;

    /**
     * @param maxConnections open at once; more are refused with 503
     * @param maxSubscriptions of one connection
     * @param maxQueuedEvents that may wait for one connection to read
     * @param maxQueuedBytes of these events
     * @param pingAfter silence after which the client is pinged; after twice as long without an answer it is dropped
     */
    public record Options(
            int maxConnections, int maxSubscriptions, int maxQueuedEvents, long maxQueuedBytes, Duration pingAfter) {}

    private final Hub hub;
    private final ActivityLog activity;
    private final Options options;
    private final AtomicLong nextId = new AtomicLong(1);
    private final Set<WebSocketConnection> connections = ConcurrentHashMap.newKeySet();
    private final Thread checking = Thread.ofVirtual().name("websocket-check").unstarted(this::check);
    private volatile boolean stopping;

    public WebSocketEndpoint(Hub hub, ActivityLog activity, Options options) {
        this.hub = hub;
        this.activity = activity;
        this.options = options;
    }

    /** The handler that takes the upgrade requests for {@link #PATH} and passes everything else on. */
    public Handler.Wrapper upgradeHandler() {
        var components = new WebSocketComponents();
        // A compressed frame is another one for each connection: an event could not be encoded once for all.
        components.getExtensionRegistry().unregister("permessage-deflate");
        var handler = new WebSocketUpgradeHandler(components);
        handler.addMapping(PATH, this);
        return handler;
    }

    /** Says what the path is to whoever asks without an upgrade. */
    @Override
    public void addTo(RoutesConfig routes) {
        routes.get(PATH, context -> {
            throw new ApiException(426, "/ws speaks WebSocket: send an upgrade request");
        });
    }

    @Override
    public @Nullable FrameHandler negotiate(
            ServerUpgradeRequest request, ServerUpgradeResponse response, Callback callback) {
        if (stopping || connections.size() >= options.maxConnections()) {
            response.setStatus(503);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, WebServer.JSON);
            response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
            String reason = stopping
                    ? "the service is stopping"
                    : "there are %d connections already".formatted(options.maxConnections());
            response.write(true, ByteBuffer.wrap(Envelope.error(reason)), callback);
            return null;
        }
        String remote = Request.getRemoteAddr(request) + ":" + Request.getRemotePort(request);
        return new WebSocketConnection(
                nextId.getAndIncrement(), remote, encoder(request, response), hub, activity, options, connections);
    }

    /** CloudEvents when the client offers them, plain frames otherwise, without a subprotocol. */
    private static Outbound.Encoder encoder(ServerUpgradeRequest request, ServerUpgradeResponse response) {
        if (!request.hasSubProtocol(CLOUD_EVENTS)) {
            return EventFrame.PLAIN;
        }
        response.setAcceptedSubProtocol(CLOUD_EVENTS);
        return EventFrame.CLOUD_EVENT;
    }

    @Override
    public void customize(Configuration session) {
        session.setMaxTextMessageSize(MAX_INBOUND_BYTES);
        session.setMaxBinaryMessageSize(MAX_INBOUND_BYTES);
        session.setAutoFragment(true); // inbound: count a large frame while it arrives, don't collect it first
        session.setMaxFrameSize(0); // outbound: one frame per event, whatever its size
        session.setOutputBufferSize(OUTPUT_BUFFER_BYTES);
        session.setIdleTimeout(Duration.ZERO); // the check below pings instead
    }

    /** Open connections. */
    public int connections() {
        return connections.size();
    }

    @Override
    public void start() {
        checking.start();
    }

    private void check() {
        try {
            while (true) {
                Thread.sleep(options.pingAfter().dividedBy(5));
                long now = System.nanoTime();
                for (WebSocketConnection connection : connections) {
                    connection.check(now);
                }
            }
        } catch (InterruptedException e) {
            // The service stops.
        }
    }

    /** Ends every connection with 1001 and the id to resume after, and waits a little for the clients to hear it. */
    @Override
    public void stop() {
        stopping = true;
        for (WebSocketConnection connection : connections) {
            connection.end(CloseStatus.SHUTDOWN, "the service is stopping");
        }
        try {
            long deadline = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            while (!connections.isEmpty() && System.nanoTime() < deadline) {
                Thread.sleep(10);
            }
            checking.interrupt();
            checking.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
