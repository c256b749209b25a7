package io.eventhandler.web;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.service.SettingsReader;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server: Javalin's routes, behind those Jetty handlers that need no thread of their own. Thread-safe. */
public final class WebServer implements Part {

    /** The content type of every answer. */
    public static final String JSON = "application/json";

    private static final Logger LOG = LoggerFactory.getLogger(WebServer.class);
    private static final String START_NANOS = WebServer.class.getName() + ".start";
    private static final int MAX_PLATFORM_THREADS = 32;

    /** Connections that may wait to be accepted: a rollout makes every client reconnect at once. */
    private static final int ACCEPT_QUEUE = 4_096;

    /**
     * @param host the address to bind
     * @param port 0 for any free one
     */
    public record Options(String host, int port) {

        /** Reads {@code HOST} and {@code PORT}. */
        public static Options read(SettingsReader in, String defaultHost) {
            String host = in.optional(
                    "HOST",
                    "127.0.0.1 with the embedded PostgreSQL, else 0.0.0.0",
                    "the address to bind",
                    text -> text);
            int port = in.integer("PORT", 8080, 0, 65_535, "the port to bind, 0 for any");
            return new Options(host == null ? defaultHost : host, port);
        }

        /** Reads {@code MANAGEMENT_PORT}; null when it is the port of {@code web}. */
        public static @Nullable Options readManagement(SettingsReader in, Options web) {
            Long port = in.optionalNumber(
                    "MANAGEMENT_PORT",
                    "PORT",
                    0,
                    65_535,
                    "where /metrics is served, and /health/* too, when not on PORT; 0 for any");
            return port == null || (port == web.port && port != 0) ? null : new Options(web.host, port.intValue());
        }
    }

    private final Javalin javalin;
    private final ActivityLog activity;
    private final SelectorExecutor selector;
    private final Executor virtualThreads;

    /**
     * @param selector gets tasks for this server's selector
     * @param virtualThreads where handlers may block
     * @param nonBlocking see every request first, in this order, on the selectors' threads
     * @param endpoints answer what these pass on, on virtual threads
     */
    public WebServer(
            Options options,
            ActivityLog activity,
            SelectorExecutor selector,
            Executor virtualThreads,
            List<Handler.Wrapper> nonBlocking,
            List<Endpoint> endpoints) {
        this.activity = activity;
        this.selector = selector;
        this.virtualThreads = virtualThreads;
        this.javalin = Javalin.create(config -> configure(config, options, nonBlocking, endpoints));
    }

    private void configure(
            JavalinConfig config, Options options, List<Handler.Wrapper> nonBlocking, List<Endpoint> endpoints) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.prefer405over404 = true;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        var threads = new QueuedThreadPool(MAX_PLATFORM_THREADS, 4);
        threads.setName("http");
        config.jetty.threadPool = threads;
        config.jetty.addConnector((server, http) -> {
            var connector = new ServerConnector(
                    server, selector.orElse(threads), null, null, -1, -1, new HttpConnectionFactory(http));
            connector.setHost(options.host());
            connector.setPort(options.port());
            connector.setAcceptQueueSize(ACCEPT_QUEUE);
            return connector;
        });
        config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
        config.jetty.modifyServer(server -> {
            server.setErrorHandler(new ErrorPages());
            Handler.Wrapper first = new BlockingHandlers(virtualThreads); // Javalin puts its own into this one
            for (Handler.Wrapper handler : nonBlocking.reversed()) {
                handler.setHandler(first);
                first = handler;
            }
            server.setHandler(first);
            server.setStopTimeout(0);
        });
        config.jetty.modifyServletContextHandler(context -> context.setErrorHandler(new ErrorPages()));

        config.routes.before(context -> context.attribute(START_NANOS, System.nanoTime()));
        config.routes.exception(ApiException.class, this::answer);
        config.routes.exception(HttpResponseException.class, (e, context) -> answer(translate(e, context), context));
        config.routes.exception(Exception.class, (e, context) -> {
            LOG.error("{} {} failed", context.method(), context.path(), e);
            answer(new ApiException(500, "internal error, see the service's log"), context);
        });
        endpoints.forEach(endpoint -> endpoint.addTo(config.routes));
    }

    private static ApiException translate(HttpResponseException e, Context context) {
        return switch (e.getStatus()) {
            case 404 -> new ApiException(404, "there is nothing at " + context.path());
            case 405 -> new ApiException(405, "%s does not take %s".formatted(context.path(), context.method()));
            default -> new ApiException(e.getStatus(), String.valueOf(e.getMessage()));
        };
    }

    private void answer(ApiException e, Context context) {
        Duration retryAfter = e.retryAfter();
        if (retryAfter != null) {
            context.header("Retry-After", String.valueOf(retryAfter.toSeconds()));
        }
        context.status(e.status()).contentType(JSON).result(Envelope.error(e.getMessage()));
        activity.rejected(
                e.status(),
                e.getMessage(),
                context.method().name(),
                context.path(),
                startNanos(context),
                remote(context));
    }

    private static long startNanos(Context context) {
        @Nullable Long start = context.attribute(START_NANOS);
        return start == null ? System.nanoTime() : start;
    }

    private static String remote(Context context) {
        return context.req().getRemoteAddr() + ":" + context.req().getRemotePort();
    }

    @Override
    public void start() {
        javalin.start();
        selector.attach((ServerConnector) javalin.jettyServer().server().getConnectors()[0]);
    }

    /** The port that it listens on, once started. */
    public int port() {
        return javalin.port();
    }

    /** The endpoints' routes, each as its method and its path, such as {@code GET /events/{id}}. */
    public Set<String> routes() {
        return javalin.unsafe.internalRouter.allHttpHandlers().stream()
                .map(parsed -> parsed.endpoint)
                .filter(endpoint -> endpoint.method.isHttpMethod())
                .map(endpoint -> endpoint.method + " " + endpoint.path)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public void stop() {
        selector.detach();
        javalin.stop();
    }
}
