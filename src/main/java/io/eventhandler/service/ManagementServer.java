package io.eventhandler.service;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.eventhandler.lifecycle.Failures;
import io.eventhandler.lifecycle.Part;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Serves {@code /health/live}, {@code /health/ready} and {@code /metrics} with the JDK's own server, to whoever asks: for
 * probes and Prometheus within a cluster. Thread-safe.
 */
final class ManagementServer implements Part {

    private static final Logger LOG = LoggerFactory.getLogger(ManagementServer.class);
    private static final int BACKLOG = 50;
    private static final JsonMapper JSON = new JsonMapper();

    private final int wantedPort;
    private final Supplier<Health> liveness;
    private final Supplier<Health> readiness;
    private final Supplier<String> metrics;
    private final Failures failures = new Failures(LOG);
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private @Nullable HttpServer server;

    /** An answer. */
    private record Answer(int status, String contentType, String body) {}

    /**
     * @param port 0 for any
     */
    ManagementServer(int port, Supplier<Health> liveness, Supplier<Health> readiness, Supplier<String> metrics) {
        this.wantedPort = port;
        this.liveness = liveness;
        this.readiness = readiness;
        this.metrics = metrics;
    }

    @Override
    public synchronized void start() {
        HttpServer made;
        try {
            made = HttpServer.create(new InetSocketAddress(wantedPort), BACKLOG);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the port %d can't be bound: %s. Choose another MANAGEMENT_PORT"
                            .formatted(wantedPort, e.getMessage()),
                    e);
        }
        made.setExecutor(executor);
        made.createContext("/", this::answer);
        made.start();
        server = made;
        LOG.info("health and metrics are served on port {}", port());
    }

    /** Where it listens, once started. */
    synchronized int port() {
        HttpServer started = server;
        if (started == null) {
            throw new IllegalStateException("health and metrics are not served");
        }
        return started.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) {
        try (exchange) {
            Answer answer;
            try {
                answer = answer(
                        exchange.getRequestMethod(), exchange.getRequestURI().getPath());
            } catch (RuntimeException e) {
                failures.say(e, "health or metrics can't be told");
                answer = new Answer(500, "text/plain; charset=utf-8", "the log says why\n");
            }
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.contentType());
            boolean isHead = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(answer.status(), isHead || body.length == 0 ? -1 : body.length);
            if (!isHead) {
                exchange.getResponseBody().write(body);
            }
        } catch (IOException e) {
            LOG.debug("whoever asked for health or metrics has gone", e);
        }
    }

    private Answer answer(String method, String path) {
        if (!method.equals("GET") && !method.equals("HEAD")) {
            return new Answer(405, "text/plain; charset=utf-8", "GET alone is answered here\n");
        }
        return switch (path) {
            case "/health/live" -> answer(liveness.get());
            case "/health/ready" -> answer(readiness.get());
            case "/metrics" -> new Answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics.get());
            default ->
                new Answer(404, "text/plain; charset=utf-8", "there are /health/live, /health/ready and /metrics\n");
        };
    }

    private static Answer answer(Health health) {
        return new Answer(
                health.ready() ? 200 : 503,
                "application/json",
                JSON.writeValueAsString(new TreeMap<>(health.checks())));
    }

    @Override
    public synchronized void stop() {
        HttpServer started = server;
        if (started != null) {
            started.stop(0);
        }
        executor.shutdownNow();
    }
}
