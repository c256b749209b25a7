package io.eventhandler.keys;

import io.eventhandler.access.ApiKey;
import io.eventhandler.access.Grants;
import io.eventhandler.json.JsonWriter;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Writes API keys as answers have them. */
public final class KeyJson {

    private KeyJson() {}

    /**
     * As a JSON object.
     *
     * @param token the key itself, null when it is not to be shown
     */
    public static String of(ApiKey key, @Nullable String token) {
        var json = new JsonWriter().raw("{\"id\":").string(key.id());
        if (token != null) {
            json.raw(",\"key\":").string(token);
        }
        json.raw(",\"name\":").string(key.name()).raw(",\"grants\":").raw(Grants.write(key.grants()));
        json.raw(",\"source\":");
        if (key.source() == null) {
            json.raw("null");
        } else {
            json.string(key.source());
        }
        time(json, "created_at", key.createdAt());
        time(json, "expires_at", key.expiresAt());
        time(json, "last_used_at", key.lastUsedAt());
        return json.raw("}").toString();
    }

    private static void time(JsonWriter json, String member, @Nullable Instant time) {
        json.raw(",\"").raw(member).raw("\":");
        if (time == null) {
            json.raw("null");
        } else {
            json.string(time.toString());
        }
    }
}
