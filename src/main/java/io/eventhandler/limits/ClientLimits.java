package io.eventhandler.limits;

import io.eventhandler.service.SettingsReader;

/**
 * What one client may take; 0 for no limit.
 *
 * @param publishRate events a second of one key
 * @param connectionsPerKey WebSockets and event streams
 * @param connectionsPerAddress the same
 * @param historyPerKey queries of the history at once
 * @param refusals credentials that are none, a second and address
 */
public record ClientLimits(
        int publishRate, int connectionsPerKey, int connectionsPerAddress, int historyPerKey, int refusals) {

    private static final int MAX = 1_000_000;

    /** Reads what each part's limits are. */
    public static ClientLimits read(SettingsReader in) {
        return new ClientLimits(
                in.integer(
                        "MAX_PUBLISH_RATE",
                        0,
                        0,
                        MAX,
                        "events a second that one key publishes, beyond it 429; a batch larger than that from time to time; 0 for any"),
                in.integer(
                        "MAX_CONNECTIONS_PER_KEY",
                        0,
                        0,
                        MAX,
                        "WebSocket connections and event streams of one key, beyond it 429; 0 for any"),
                in.integer("MAX_CONNECTIONS_PER_ADDRESS", 0, 0, MAX, "the same of one address; 0 for any"),
                in.integer(
                        "MAX_HISTORY_PER_KEY",
                        0,
                        0,
                        MAX,
                        "queries of the history and exports of one key at once, beyond it 429; 0 for any"),
                in.integer(
                        "MAX_REFUSALS",
                        100,
                        0,
                        MAX,
                        "refused credentials a second of one address, beyond it 429 for those not known yet; 0 for any"));
    }
}
