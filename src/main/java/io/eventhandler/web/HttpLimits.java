package io.eventhandler.web;

import io.eventhandler.service.Memory;
import io.eventhandler.service.SettingsReader;
import java.time.Duration;

/**
 * What connections of an HTTP server may take.
 *
 * @param headerTimeout how long the headers of a request may take
 * @param maxHeaderBytes of a request's line and headers
 * @param keepAlive how long a connection is kept between requests
 * @param maxSockets open at once; beyond it none is accepted until one ends
 * @param maxAcceptRate accepted a second, 0 for any; beyond it they wait
 * @param proxies who may name the client
 */
record HttpLimits(
        Duration headerTimeout,
        int maxHeaderBytes,
        Duration keepAlive,
        int maxSockets,
        int maxAcceptRate,
        TrustedProxies proxies) {

    private static final int HEADER_BYTES = 16 << 10;

    /** What a connection without a request keeps. */
    private static final long SOCKET_BYTES = 8 << 10;

    private static final int MOST_SOCKETS = 200_000;

    /** The usual ones but for these times. */
    static HttpLimits of(Duration headerTimeout, Duration keepAlive) {
        return new HttpLimits(headerTimeout, HEADER_BYTES, keepAlive, usualSockets(), 0, TrustedProxies.NONE);
    }

    /** Reads them. */
    static HttpLimits read(SettingsReader in) {
        return new HttpLimits(
                in.duration("HEADER_TIMEOUT", "10s", "100ms", "1h", "how long a request's headers may take, then 408"),
                in.size("MAX_HEADER_SIZE", "16KiB", "4KiB", "1MiB", "the largest headers of a request, then 431"),
                in.duration(
                        "KEEP_ALIVE",
                        "11m",
                        "1s",
                        "1h",
                        "how long a connection without requests is kept; longer than any load balancer keeps it"),
                maxSockets(in),
                in.integer(
                        "MAX_ACCEPT_RATE",
                        0,
                        0,
                        1_000_000,
                        "connections accepted a second, beyond it they wait; 0 for any"),
                TrustedProxies.read(in));
    }

    private static int maxSockets(SettingsReader in) {
        Long sockets = in.optionalNumber(
                "MAX_SOCKETS",
                "one for each 8KiB of the heap, at most 200000",
                1,
                10_000_000,
                "open connections of any kind, beyond it none is accepted until one ends");
        return sockets == null ? usualSockets() : sockets.intValue();
    }

    private static int usualSockets() {
        return (int) Math.min(Memory.inHeap(SOCKET_BYTES), MOST_SOCKETS);
    }
}
