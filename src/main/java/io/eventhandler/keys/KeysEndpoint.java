package io.eventhandler.keys;

import io.eventhandler.access.Access;
import io.eventhandler.access.Action;
import io.eventhandler.access.ApiKey;
import io.eventhandler.access.ApiKeys;
import io.eventhandler.access.Principal;
import io.eventhandler.activity.ActivityLog;
import io.eventhandler.json.Excerpt;
import io.eventhandler.json.MediaType;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Caller;
import io.eventhandler.web.ClientAddress;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.Envelope;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.Routes;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;

/** Answers {@code /keys} to those who may do everything. */
public final class KeysEndpoint implements Endpoint {

    private static final int MAX_BODY = 64 << 10;

    private final ApiKeys keys;
    private final ActivityLog activity;

    public KeysEndpoint(ApiKeys keys, ActivityLog activity) {
        this.keys = keys;
        this.activity = activity;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/keys", context -> answer(context, this::list));
        routes.post("/keys", context -> answer(context, this::create));
        routes.delete("/keys/{id}", context -> answer(context, this::delete));
    }

    private interface Work {
        void answer(Context context, Principal principal);
    }

    private static void answer(Context context, Work work) {
        Principal principal = Caller.of(context, Principal.class);
        Access.check(principal, Action.ADMIN);
        work.answer(context, principal);
    }

    private void list(Context context, Principal principal) {
        var keysJson = new StringBuilder("[");
        for (ApiKey key : keys.all()) {
            keysJson.append(keysJson.length() == 1 ? "" : ",").append(KeyJson.of(key, null));
        }
        ok(context, "API keys", keysJson.append(']').toString());
    }

    private void create(Context context, Principal principal) {
        String type = String.valueOf(context.contentType());
        if (!MediaType.of(type).isJson()) {
            throw new ApiException(415, "Content-Type must be application/json, not '%s'".formatted(Excerpt.of(type)));
        }
        ApiKeys.Created created = keys.create(KeyRequest.read(body(context), Instant.now()));
        if (created == null) {
            throw new ApiException(409, "there are %d API keys already: delete some".formatted(ApiKeys.MAX));
        }
        activity.keyCreated(
                created.key().id(),
                created.key().name(),
                ClientAddress.of(context).remote(),
                principal);
        context.status(201).header("Cache-Control", "no-store");
        ok(context, "API key created: it is shown this once", KeyJson.of(created.key(), created.token()));
    }

    private static byte[] body(Context context) {
        try (InputStream in = context.bodyInputStream()) {
            byte[] body = in.readNBytes(MAX_BODY + 1);
            if (body.length > MAX_BODY) {
                throw new ApiException(413, "the body must have at most %d bytes".formatted(MAX_BODY));
            }
            return body;
        } catch (IOException e) {
            throw new ApiException(400, "the body did not arrive");
        }
    }

    private void delete(Context context, Principal principal) {
        String id = context.pathParam("id");
        if (!keys.delete(id)) {
            throw new ApiException(404, "there is no API key '%s'".formatted(Excerpt.of(id)));
        }
        activity.keyDeleted(id, ClientAddress.of(context).remote(), principal);
        ok(context, "API key deleted", "null");
    }

    private static void ok(Context context, String message, String data) {
        context.contentType(HttpAnswer.JSON).result(Envelope.ok(message, data));
    }
}
