package io.eventhandler.web;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.json.Excerpt;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.service.SettingsReader;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.http.Context;
import io.javalin.http.servlet.JavalinServlet;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.AcceptRateLimit;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server: Jetty, which answers what needs no thread of its own, and Javalin's routes behind it. Thread-safe. */
public final class WebServer implements Part {

    private static final Logger LOG = LoggerFactory.getLogger(WebServer.class);
    private static final int MAX_PLATFORM_THREADS = 32;

    /** Methods that come with others. */
    private static final Set<String> IMPLIED = Set.of("HEAD", "OPTIONS");

    /** Connections that may wait to be accepted: a rollout makes every client reconnect at once. */
    private static final int ACCEPT_QUEUE = 4_096;

    /**
     * @param host the address to bind
     * @param port 0 for any free one
     * @param limits of its connections
     * @param tls what HTTPS is served with, null for plain HTTP
     */
    public record Options(
            String host,
            int port,
            HttpLimits limits,
            @Nullable TlsFiles tls) {

        /** For plain HTTP. */
        public Options(String host, int port, Duration headerTimeout, Duration keepAlive) {
            this(host, port, HttpLimits.of(headerTimeout, keepAlive), null);
        }

        /** What its addresses begin with. */
        public String scheme() {
            return tls == null ? "http" : "https";
        }

        /** Reads {@code HOST}, {@code PORT}, the limits and the files for TLS. */
        public static Options read(SettingsReader in, String defaultHost) {
            String host = in.optional(
                    "HOST",
                    "127.0.0.1 with the embedded PostgreSQL, else 0.0.0.0",
                    "the address to bind",
                    text -> text);
            int port = in.integer("PORT", 8080, 0, 65_535, "the port to bind, 0 for any");
            return new Options(host == null ? defaultHost : host, port, HttpLimits.read(in), TlsFiles.read(in));
        }

        /** Says what is wrong with the files for TLS; ask the reader's {@code check} afterwards. */
        public void checkServing(SettingsReader in) {
            try {
                if (tls != null) {
                    ServerCertificate.of(tls, tls.content());
                }
            } catch (TlsFault e) {
                in.contradiction(e.setting(), e.reason());
            }
        }

        /** Whether only this machine reaches it. */
        public boolean isLoopback() {
            try {
                return InetAddress.getByName(host).isLoopbackAddress();
            } catch (UnknownHostException e) {
                return false; // binding it will fail, and say so
            }
        }

        /** Reads {@code MANAGEMENT_PORT}, which is never behind TLS; null when it is the port of {@code web}. */
        public static @Nullable Options readManagement(SettingsReader in, Options web) {
            Long port = in.optionalNumber(
                    "MANAGEMENT_PORT",
                    "PORT",
                    0,
                    65_535,
                    "where /metrics is served, and /health/* too, when not on PORT; 0 for any");
            return port == null || (port == web.port && port != 0)
                    ? null
                    : new Options(web.host, port.intValue(), web.limits.headerTimeout(), web.limits.keepAlive());
        }
    }

    private final Options options;
    private final ActivityLog activity;
    private final SelectorExecutor selector;
    private final @Nullable ServedCertificate certificate;
    private final Server server;
    private final ServerConnector connector;
    private final Routes routes;

    /**
     * @param selector gets tasks for this server's selector
     * @param authenticator asked for all that is not open
     * @param origins whose pages may use it
     * @param virtualThreads where handlers may block
     */
    public WebServer(
            Options options,
            ActivityLog activity,
            Authenticator authenticator,
            Origins origins,
            SelectorExecutor selector,
            Executor virtualThreads,
            List<Endpoint> endpoints) {
        this.options = options;
        this.activity = activity;
        this.selector = selector;
        TlsFiles tls = options.tls();
        certificate = tls == null ? null : new ServedCertificate(tls);
        Javalin javalin = javalin();
        routes = new Routes(javalin.unsafe.routes);
        endpoints.forEach(endpoint -> endpoint.addTo(routes));
        var threads = new QueuedThreadPool(MAX_PLATFORM_THREADS, 4);
        threads.setName("http");
        server = new Server(threads);
        connector = connector(threads);
        server.addConnector(connector);
        server.setErrorHandler(new ErrorPages(activity));
        boolean isPrivate = authenticator.anybody() != null && options.isLoopback();
        server.setHandler(new Router(
                isPrivate ? LocalNames.of(options.host()) : null,
                origins,
                routes,
                new BlockingHandlers(virtualThreads, servlet(javalin)),
                authenticator,
                virtualThreads,
                activity));
        server.setStopTimeout(0);
    }

    /** Javalin as a servlet: its own server would keep a session for whoever asks for one. */
    private Javalin javalin() {
        return Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.startup.startupWatcherEnabled = false;
            config.http.compressionStrategy = CompressionStrategy.NONE;
            config.routes.exception(ApiException.class, this::answer);
            config.routes.exception(Exception.class, (e, context) -> {
                LOG.error("{} {} failed", context.method(), Excerpt.of(context.path()), e);
                answer(ApiException.internal(), context);
            });
            config.router.javaLangErrorHandler(WebServer::answer);
        });
    }

    private Handler servlet(Javalin javalin) {
        var context = new ServletContextHandler(ServletContextHandler.NO_SESSIONS);
        context.addServlet(new ServletHolder(new JavalinServlet(javalin.unsafe)), "/*");
        context.setErrorHandler(new ErrorPages(activity));
        return context;
    }

    private ServerConnector connector(Executor threads) {
        var http = new HttpConfiguration();
        http.setSendServerVersion(false);
        HttpLimits limits = options.limits();
        http.setRequestHeaderSize(limits.maxHeaderBytes());
        if (!limits.proxies().equals(TrustedProxies.NONE)) {
            http.addCustomizer(limits.proxies());
        }
        var plain = new HttpConnectionFactory(http);
        ConnectionFactory[] protocols = certificate == null
                ? new ConnectionFactory[] {plain}
                : new ConnectionFactory[] {certificate.connectionFactory(plain.getProtocol()), plain};
        var connector = new ServerConnector(server, selector.orElse(threads), null, null, -1, -1, protocols);
        connector.setHost(options.host());
        connector.setPort(options.port());
        connector.setAcceptQueueSize(ACCEPT_QUEUE);
        connector.addBean(new HeaderDeadline(connector, limits.headerTimeout()));
        connector.setIdleTimeout(limits.keepAlive().toMillis());
        connector.addBean(new NetworkConnectionLimit(limits.maxSockets(), connector));
        if (limits.maxAcceptRate() > 0) {
            connector.addBean(new AcceptRateLimit(limits.maxAcceptRate(), 1, TimeUnit.SECONDS, connector));
        }
        return connector;
    }

    private void answer(ApiException e, Context context) {
        e.headers().forEach(context::header);
        context.status(e.status()).contentType(HttpAnswer.JSON).result(e.content());
        HttpAnswer.log(ServletContextRequest.getServletContextRequest(context.req()), e, activity);
    }

    /** Answers when a handler has thrown what is no exception: whatever it was to answer is lost. */
    private static void answer(HttpServletResponse response, Error error) {
        LOG.error("a request failed", error);
        response.setContentType(HttpAnswer.JSON);
        try {
            response.getOutputStream().write(ApiException.internal().content());
        } catch (IOException e) {
            LOG.debug("nobody is there to read that it failed", e);
        }
    }

    @Override
    public void start() {
        if (certificate != null) {
            certificate.start();
        }
        try {
            server.start();
        } catch (Exception e) {
            stop();
            throw new IllegalStateException(BindFault.of(e, options.host(), options.port()), e);
        }
        selector.attach(connector);
    }

    /** The port that it listens on, once started. */
    public int port() {
        return connector.getLocalPort();
    }

    /** Connections that are open. */
    public int sockets() {
        return connector.getConnectedEndPoints().size();
    }

    /** Connections that may be open. */
    public int maxSockets() {
        return options.limits().maxSockets();
    }

    /** Whether it takes more of them now. */
    public boolean isAccepting() {
        return connector.isAccepting();
    }

    /** What the endpoints answer, each as its method and its path, such as {@code GET /events/{id}}. */
    public Set<String> routes() {
        Set<String> all = new TreeSet<>();
        for (Route route : routes.all()) {
            route.methods().stream()
                    .filter(method -> !IMPLIED.contains(method))
                    .forEach(method -> all.add(method + " " + route.path()));
        }
        return all;
    }

    @Override
    public void stop() {
        selector.detach();
        try {
            server.stop();
        } catch (Exception e) {
            LOG.warn("the HTTP server did not stop cleanly", e);
        }
        if (certificate != null) {
            certificate.stop();
        }
    }
}
