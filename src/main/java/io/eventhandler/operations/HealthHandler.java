package io.eventhandler.operations;

import io.eventhandler.service.Health;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.Envelope;
import io.eventhandler.web.Json;
import io.eventhandler.web.WebServer;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Answers {@code GET /health/live} and {@code GET /health/ready}, with each check's finding. */
public final class HealthHandler implements Endpoint {

    private final Supplier<Health> health;

    /**
     * @param health checks now whether the service can do its work
     */
    public HealthHandler(Supplier<Health> health) {
        this.health = health;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/health/live", this::live);
        routes.get("/health/ready", this::ready);
    }

    /** The process can answer; says nothing of the database. */
    private void live(Context context) {
        context.contentType(WebServer.JSON).result(Envelope.ok("alive", "null"));
    }

    /** 200 when publishing and delivering work, 503 otherwise. */
    private void ready(Context context) {
        Health now = health.get();
        var checks = new Json().raw("{");
        String separator = "";
        for (Map.Entry<String, String> check : new TreeMap<>(now.checks()).entrySet()) {
            checks.raw(separator).string(check.getKey()).raw(":").string(check.getValue());
            separator = ",";
        }
        String data = checks.raw("}").toString();
        context.status(now.ready() ? 200 : 503)
                .contentType(WebServer.JSON)
                .result(now.ready() ? Envelope.ok("ready", data) : Envelope.error("not ready", data));
    }
}
