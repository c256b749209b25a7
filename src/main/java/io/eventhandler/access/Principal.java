package io.eventhandler.access;

import io.eventhandler.activity.Client;
import io.eventhandler.event.NamePattern;
import io.eventhandler.event.NamePatterns;
import io.eventhandler.json.Excerpt;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who a credential stands for, and what it allows. Immutable.
 *
 * @param subject in logs; the same for each credential that may replace another
 * @param keyId of the API key, null when it is none
 * @param source that its events have, null for any
 * @param expiresAt the end of the credential, null for none
 */
public record Principal(
        String subject,
        @Nullable String keyId,
        List<Grant> grants,
        @Nullable String source,
        @Nullable Instant expiresAt)
        implements java.security.Principal, Client {

    /** Whoever sends a request, while no credential is asked for. */
    public static final Principal ANYBODY = new Principal("anybody", null, all(), null, null);

    public Principal {
        grants = List.copyOf(grants);
    }

    /** Grants that allow everything. */
    static List<Grant> all() {
        return List.of(new Grant(java.util.Set.of(Action.ADMIN), List.of()));
    }

    @Override
    public String getName() {
        return subject;
    }

    @Override
    public @Nullable String client() {
        return equals(ANYBODY) ? null : subject;
    }

    @Override
    public @Nullable String key() {
        return keyId;
    }

    /**
     * Who it is as far as limits go: an API key, the subject of a token, or an address while nobody is asked.
     *
     * @param network where it asks from
     */
    public String account(String network) {
        if (keyId != null) {
            return keyId;
        }
        return equals(ANYBODY) ? network : "subject " + subject;
    }

    /** Whether it may do everything. */
    public boolean isAdmin() {
        for (Grant grant : grants) {
            if (grant.actions().contains(Action.ADMIN)) {
                return true;
            }
        }
        return false;
    }

    /** Whether it may do this; for what concerns no events. */
    public boolean allows(Action action) {
        return isAdmin() || grants.stream().anyMatch(grant -> grant.actions().contains(action));
    }

    /** Whether it may do this with the events, or the logs, of this name. */
    public boolean allows(Action action, String eventName) {
        if (isAdmin()) {
            return true;
        }
        for (Grant grant : grants) {
            if (grant.actions().contains(action)) {
                for (NamePattern pattern : grant.names(action)) {
                    if (pattern.matches(eventName)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Why it may not do this with all events that these select, null when it may. */
    public @Nullable String refusal(Action action, List<NamePattern> selected) {
        if (isAdmin()) {
            return null;
        }
        var granted = new NamePatterns(granted(action));
        for (NamePattern pattern : selected) {
            if (!granted.covers(pattern)) {
                return refusal(action, pattern.text());
            }
        }
        return null;
    }

    /** Says that it may not do this with these events. */
    public String refusal(Action action, String eventName) {
        return "this credential may not %s '%s'".formatted(action.text(), Excerpt.of(eventName));
    }

    /** What the grants of this action cover. */
    public List<NamePattern> granted(Action action) {
        if (isAdmin()) {
            return List.of(NamePattern.of(NamePattern.REST));
        }
        return grants.stream()
                .filter(grant -> grant.actions().contains(action))
                .flatMap(grant -> grant.names(action).stream())
                .distinct()
                .toList();
    }
}
