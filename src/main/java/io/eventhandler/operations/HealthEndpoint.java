package io.eventhandler.operations;

import io.eventhandler.json.JsonWriter;
import io.eventhandler.service.Health;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.Envelope;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.Routes;
import io.javalin.http.Context;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Answers {@code GET /health/live} and {@code GET /health/ready}, with each check's finding. */
public final class HealthEndpoint implements Endpoint {

    private final Supplier<Health> liveness;
    private final Supplier<Health> readiness;

    /**
     * @param liveness checks whether the process can go on without being started anew
     * @param readiness checks now whether the service can do its work
     */
    public HealthEndpoint(Supplier<Health> liveness, Supplier<Health> readiness) {
        this.liveness = liveness;
        this.readiness = readiness;
    }

    @Override
    public void addTo(Routes routes) {
        routes.openGet("/health/live", context -> answer(context, liveness.get(), "alive"));
        routes.openGet("/health/ready", context -> answer(context, readiness.get(), "ready"));
    }

    /** 200 when every check holds, 503 otherwise. */
    private static void answer(Context context, Health health, String state) {
        var checks = new JsonWriter().raw("{");
        String separator = "";
        for (Map.Entry<String, String> check : new TreeMap<>(health.checks()).entrySet()) {
            checks.raw(separator).string(check.getKey()).raw(":").string(check.getValue());
            separator = ",";
        }
        String data = checks.raw("}").toString();
        context.status(health.ready() ? 200 : 503)
                .contentType(HttpAnswer.JSON)
                .result(health.ready() ? Envelope.ok(state, data) : Envelope.error("not " + state, data));
    }
}
