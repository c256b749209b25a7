package io.eventhandler.operations;

import io.eventhandler.web.WebServer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/** How many sockets a server has, of how many. */
public final class SocketMetrics implements MeterBinder {

    private final WebServer server;

    public SocketMetrics(WebServer server) {
        this.server = server;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("eventhandler.sockets", server, WebServer::sockets)
                .description("Open connections of any kind")
                .register(registry);
        Gauge.builder("eventhandler.sockets.capacity", server, WebServer::maxSockets)
                .description("Open connections that there may be, MAX_SOCKETS")
                .register(registry);
        Gauge.builder("eventhandler.sockets.accepting", server, web -> web.isAccepting() ? 1 : 0)
                .description("0 while connections wait to be accepted, because of MAX_SOCKETS or MAX_ACCEPT_RATE")
                .register(registry);
    }
}
