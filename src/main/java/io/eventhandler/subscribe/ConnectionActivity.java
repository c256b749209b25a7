package io.eventhandler.subscribe;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.activity.Client;
import io.eventhandler.event.NamePattern;
import java.util.Collection;

/**
 * What one connection does, for the activity log.
 *
 * @param id of the connection
 * @param remote the client's address
 */
record ConnectionActivity(ActivityLog log, long id, String remote) {

    void connected(Client client) {
        log.connected(id, remote, client);
    }

    void authenticated(Client client) {
        log.authenticated(id, remote, client);
    }

    void credentialRefused(String reason) {
        log.credentialRefused(reason, "authenticate", remote);
    }

    void subscribed(Collection<NamePattern> patterns) {
        patterns.forEach(pattern -> log.subscribed(id, remote, pattern.text()));
    }

    void unsubscribed(NamePattern pattern) {
        log.unsubscribed(id, remote, pattern.text());
    }

    void refused(String reason) {
        log.refused(id, remote, reason);
    }

    void slowConsumer(long lastSentId, int queuedEvents, long queuedBytes) {
        log.slowConsumer(id, remote, lastSentId, queuedEvents, queuedBytes);
    }

    void disconnected(int code, String reason, long openedNanos) {
        log.disconnected(id, remote, code, reason, openedNanos);
    }
}
