package io.eventhandler.limits;

import io.eventhandler.web.ApiException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How much a client may have at once. Remembers those that have something. Thread-safe; never blocks. */
public final class ShareLimit {

    private final Limited limited;
    private final String setting;
    private final String what;
    private final int max;
    private final ConcurrentHashMap<String, Integer> taken = new ConcurrentHashMap<>();

    /**
     * @param setting that it is set by
     * @param what is counted, for people
     * @param max 0 for no limit
     */
    public ShareLimit(Limited limited, String setting, String what, int max) {
        this.limited = limited;
        this.setting = setting;
        this.what = what;
        this.max = max;
    }

    /** Why this client gets no further one, null when it does. */
    public @Nullable ApiException refusal(@Nullable String client) {
        return max > 0 && client != null && taken.getOrDefault(client, 0) >= max ? refused() : null;
    }

    /** The answer to who wants more than there may be. */
    public ApiException refused() {
        return limited.refusal(
                "too many %s: %s is %d, try again when one has ended".formatted(what, setting, max),
                Duration.ofSeconds(1));
    }

    /** Takes one for this client; false when it then has more than it may, and is to give one back. */
    public boolean take(@Nullable String client) {
        return max == 0 || client == null || taken.merge(client, 1, Integer::sum) <= max;
    }

    /** One that was taken is free again. */
    public void give(@Nullable String client) {
        if (max > 0 && client != null) {
            taken.computeIfPresent(client, (same, count) -> count == 1 ? null : count - 1);
        }
    }
}
