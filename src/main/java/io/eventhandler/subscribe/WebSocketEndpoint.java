package io.eventhandler.subscribe;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.fanout.Hub;
import io.eventhandler.feed.ReplayPages;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.Routes;
import java.time.Duration;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.WebSocketComponents;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeResponse;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;
import org.eclipse.jetty.websocket.core.server.WebSocketUpgradeHandler;
import org.jspecify.annotations.Nullable;

/** Accepts WebSocket connections on {@code /ws}. Thread-safe. */
public final class WebSocketEndpoint implements WebSocketNegotiator, Endpoint {

    private static final String PATH = "/ws";
    private static final String VERSION = "13"; // the only one that a standard has

    /** What the messages look like by subprotocol. The second one is of CloudEvents' WebSockets binding, section 1.5. */
    private static final Map<String, MessageFormats> FORMATS =
            Map.of("eventhandler", MessageFormats.OWN, "cloudevents.json", MessageFormats.CLOUD_EVENTS);

    private static final int MAX_INBOUND_BYTES = 512 << 10;
    private static final int OUTPUT_BUFFER_BYTES = 16 << 10;

    private final Hub hub;
    private final ReplayPages pages;
    private final ActivityLog activity;
    private final OpenConnections connections;

    public WebSocketEndpoint(Hub hub, ReplayPages pages, ActivityLog activity, OpenConnections connections) {
        this.hub = hub;
        this.pages = pages;
        this.activity = activity;
        this.connections = connections;
    }

    @Override
    public void addTo(Routes routes) {
        var components = new WebSocketComponents();
        // A compressed frame is another one for each connection: an event could not be encoded once for all.
        components.getExtensionRegistry().unregister("permessage-deflate");
        var handler = new WebSocketUpgradeHandler(components);
        handler.addMapping(PATH, this);
        handler.setHandler(new NoUpgrade());
        routes.stream(PATH, handler);
    }

    /** Says what the path is to whoever asks without an upgrade, or for another version (RFC 6455, section 4.4). */
    private final class NoUpgrade extends Handler.Abstract.NonBlocking {

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            var error = new ApiException(426, "/ws speaks WebSocket: send an upgrade request for version " + VERSION)
                    .with(HttpHeader.UPGRADE, "websocket")
                    .with(HttpHeader.CONNECTION, "Upgrade")
                    .with(HttpHeader.SEC_WEBSOCKET_VERSION, VERSION);
            HttpAnswer.error(request, response, callback, error, activity);
            return true;
        }
    }

    @Override
    public @Nullable FrameHandler negotiate(
            ServerUpgradeRequest request, ServerUpgradeResponse response, Callback callback) {
        ConnectionIdentity identity = ConnectionIdentity.of(request);
        ApiException refusal = connections.refusal(identity);
        if (refusal != null) {
            HttpAnswer.error(request, response, callback, refusal, activity);
            return null;
        }
        return new WebSocketConnection(identity, format(request, response), hub, pages, activity, connections);
    }

    /**
     * The first that the client offers of those that there are, otherwise this service's own without a subprotocol. One
     * that carries a token is none of them: an answer would repeat it.
     */
    private static MessageFormats format(ServerUpgradeRequest request, ServerUpgradeResponse response) {
        for (String offered : request.getSubProtocols()) {
            MessageFormats formats = FORMATS.get(offered);
            if (formats != null) {
                response.setAcceptedSubProtocol(offered);
                return formats;
            }
        }
        return MessageFormats.OWN;
    }

    @Override
    public void customize(Configuration session) {
        session.setMaxTextMessageSize(MAX_INBOUND_BYTES);
        session.setMaxBinaryMessageSize(MAX_INBOUND_BYTES);
        session.setAutoFragment(true); // inbound: count a large frame while it arrives, don't collect it first
        session.setMaxFrameSize(0); // outbound: one frame per event, whatever its size
        session.setOutputBufferSize(OUTPUT_BUFFER_BYTES);
        session.setIdleTimeout(Duration.ZERO); // the connections' check pings instead
    }
}
