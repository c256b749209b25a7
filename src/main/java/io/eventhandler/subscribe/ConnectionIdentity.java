package io.eventhandler.subscribe;

import io.eventhandler.access.Action;
import io.eventhandler.access.Principal;
import io.eventhandler.event.NamePattern;
import io.eventhandler.web.Caller;
import io.eventhandler.web.ClientAddress;
import io.eventhandler.web.Credential;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Whose a connection is, and until when. Thread-safe. */
final class ConnectionIdentity {

    /** So long before its end a client is told. */
    private static final Duration WARNING = Duration.ofSeconds(30);

    private final ClientAddress from;
    private final @Nullable String account;
    private volatile Principal principal;
    private volatile boolean warned;

    /** What the time has come for. */
    enum Due {
        NOTHING,
        WARNING,
        END
    }

    ConnectionIdentity(Principal principal, ClientAddress from) {
        this.from = from;
        this.account = principal.equals(Principal.ANYBODY) ? null : principal.account(from.network());
        this.principal = principal;
    }

    /** Of whoever sends this request. */
    static ConnectionIdentity of(Request request) {
        return new ConnectionIdentity(Caller.of(request, Principal.class), ClientAddress.of(request));
    }

    Principal principal() {
        return principal;
    }

    /** Who opened it, null when nobody is asked for a credential. */
    @Nullable
    String account() {
        return account;
    }

    /** From where, for logs. */
    String remote() {
        return from.remote();
    }

    /** From where, as limits count. */
    String network() {
        return from.network();
    }

    /** Another credential that it shows. */
    Credential credential(String token) {
        return new Credential(Credential.Kind.TOKEN, token, from);
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
