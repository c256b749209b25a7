package io.eventhandler.subscribe;

import io.eventhandler.access.Action;
import io.eventhandler.access.Principal;
import io.eventhandler.event.NamePattern;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whose a connection is, and until when. Thread-safe. */
final class ConnectionIdentity {

    /** So long before its end a client is told. */
    private static final Duration WARNING = Duration.ofSeconds(30);

    private volatile Principal principal;
    private volatile boolean warned;

    /** What the time has come for. */
    enum Due {
        NOTHING,
        WARNING,
        END
    }

    ConnectionIdentity(Principal principal) {
        this.principal = principal;
    }

    Principal principal() {
        return principal;
    }

    /** Whether no credential is asked for, and none counts. */
    boolean isAnybody() {
        return principal.equals(Principal.ANYBODY);
    }

    /** Why it may not receive all events that these select, null when it may. */
    @Nullable
    String refusal(List<NamePattern> patterns) {
        return principal.refusal(Action.SUBSCRIBE, patterns);
    }

    /**
     * It shows another credential.
     *
     * @param subscribed what it receives
     * @return why that can't take the place of the one before, null when it has
     */
    @Nullable
    String replace(Principal next, List<NamePattern> subscribed) {
        if (!next.subject().equals(principal.subject())) {
            return "the token is of another subject than the one that this connection was opened with";
        }
        String refusal = next.refusal(Action.SUBSCRIBE, subscribed);
        if (refusal != null) {
            return refusal + ", to which this connection is subscribed";
        }
        principal = next;
        warned = false;
        return null;
    }

    /** Tells what the time has come for; the warning once for each credential. */
    Due due() {
        Instant end = principal.expiresAt();
        if (end == null) {
            return Due.NOTHING;
        }
        Instant now = Instant.now();
        if (!now.isBefore(end)) {
            return Due.END;
        }
        if (!warned && now.isAfter(end.minus(WARNING))) {
            warned = true;
            return Due.WARNING;
        }
        return Due.NOTHING;
    }
}
