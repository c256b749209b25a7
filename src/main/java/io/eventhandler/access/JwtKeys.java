package io.eventhandler.access;

import io.eventhandler.lifecycle.Part;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the keys of JSON Web Tokens come from. Thread-safe. */
interface JwtKeys extends Part {

    /**
     * Keys that a token may be signed with; may block.
     *
     * @param id that the token names, null when it names none
     * @return empty when there is none
     * @throws io.eventhandler.web.ApiException 503 when that can't be told now
     */
    List<JwtKey> find(@Nullable String id);

    /** Always this key. */
    static JwtKeys of(JwtKey key) {
        List<JwtKey> keys = List.of(key);
        return id -> keys;
    }

    @Override
    default void stop() {}
}
