package io.eventhandler.service;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a service reaches the Event Handler, and others reach the service.
 *
 * @param urls of the Event Handler
 * @param token its credential there, null for none
 * @param spool the directory where events wait, null for memory
 * @param spoolSize how much may wait, in bytes
 * @param managementPort where health and metrics are served, 0 for any, null for none
 */
record ServiceOptions(
        List<URI> urls,
        @Nullable String token,
        @Nullable Path spool,
        int spoolSize,
        @Nullable Integer managementPort,
        LogOptions log) {

    private static final int IN_MEMORY = 64 << 20;
    private static final int ON_DISK = 1 << 30;
    private static final String ADDRESS = "an address such as http://event-handler-service";

    ServiceOptions {
        urls = List.copyOf(urls);
    }

    static ServiceOptions read(SettingsReader in) {
        List<URI> urls = in.required(
                "EVENT_HANDLER_URL",
                "the address of the Event Handler, such as http://event-handler-service; of several, with commas between, the next one is used when one does not answer",
                ServiceOptions::addresses);
        String token = in.optional(
                "EVENT_HANDLER_TOKEN",
                "none",
                "the API key or JSON Web Token that the service shows the Event Handler",
                ServiceOptions::token);
        Path spool = in.optionalPath(
                "SPOOL",
                "none: they wait in memory",
                "the directory where emitted events wait while the Event Handler is away, and where it is remembered which ones were handled");
        Integer size = in.optionalSize(
                "SPOOL_SIZE",
                "64MiB or an eighth of the heap in memory, 1GiB in a directory",
                "64KiB",
                "2047MiB",
                "how much may wait to be sent; beyond that emitting fails");
        Long port = in.optionalNumber(
                "MANAGEMENT_PORT",
                "none",
                0,
                65_535,
                "where /health/live, /health/ready and /metrics are served, 0 for any");
        return new ServiceOptions(
                urls == null ? List.of() : urls,
                token,
                spool,
                size != null ? size : spool == null ? Memory.eighthOfHeap(IN_MEMORY) : ON_DISK,
                port == null ? null : port.intValue(),
                LogOptions.read(in));
    }

    private static List<URI> addresses(String text) {
        List<URI> urls = new ArrayList<>();
        for (String one : text.split(",", -1)) {
            try {
                URI url = new URI(one.strip());
                boolean isHttp = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
                if (!isHttp || url.getHost() == null || url.getRawUserInfo() != null || url.getRawQuery() != null) {
                    throw new IllegalArgumentException("it must be " + ADDRESS);
                }
                urls.add(url);
            } catch (URISyntaxException e) {
                throw new IllegalArgumentException("it must be " + ADDRESS, e);
            }
        }
        return urls;
    }

    private static String token(String text) {
        if (text.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
            throw new IllegalArgumentException("a token is printable ASCII without spaces");
        }
        return text;
    }
}
