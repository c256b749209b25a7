package io.eventhandler.web;

import io.eventhandler.json.Excerpt;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.server.Request;

/**
 * What a service that is for its machine alone, and asks nobody for a credential, may be called. A page from anywhere can
 * have a name of its own lead to 127.0.0.1 (DNS rebinding): to a browser the service is then of the page's own origin.
 * Immutable.
 *
 * @param bound the address that is bound, as a URL has it
 */
record LocalNames(String bound) {

    private static final Set<String> NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

    /**
     * @param host the address that is bound
     */
    static LocalNames of(String host) {
        return new LocalNames(host.contains(":") ? "[" + host + "]" : host);
    }

    /**
     * @throws ApiException 421 when the request is for another name
     */
    void check(Request request) {
        String host = request.getHttpURI().getHost(); // of the header Host; none in HTTP/1.0, which no browser speaks
        if (host != null && !NAMES.contains(host.toLowerCase(Locale.ROOT)) && !bound.equalsIgnoreCase(host)) {
            throw new ApiException(
                    421,
                    "without AUTH this service is for its own machine: the Host must be localhost, 127.0.0.1 or [::1], not '%s'"
                            .formatted(Excerpt.of(host)));
        }
    }
}
