package io.eventhandler.web;

import io.eventhandler.json.Excerpt;
import io.eventhandler.service.SettingsReader;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * Which pages a browser lets use the service (RFC 6454; Fetch standard, section 3.3): the service's own and those of some
 * other origins. What sends no {@code Origin} is no page of another one, and none of this concerns it. Immutable.
 *
 * @param others as browsers write them, or {@code *} for all
 */
public record Origins(Set<String> others) {

    /** Stands for every origin. */
    private static final String ANY = "*";

    private static final Pattern FORM = Pattern.compile(
            "(?<scheme>[a-z][a-z0-9+.-]*)://(?<host>\\[[0-9a-f:.]+]|[a-z0-9._-]+)(?::(?<port>\\d{1,5}))?");

    /** A browser forgets it sooner. */
    private static final HttpField MAX_AGE = new PreEncodedHttpField(HttpHeader.ACCESS_CONTROL_MAX_AGE, "7200");

    private static final HttpField VARY = new PreEncodedHttpField(HttpHeader.VARY, "Origin");

    /** All of them, by name where {@code *} does not do or browsers are old. */
    private static final HttpField REQUEST_HEADERS = new PreEncodedHttpField(
            HttpHeader.ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, Content-Encoding, Idempotency-Key, Last-Event-ID, traceparent, tracestate, *");

    private static final HttpField RESPONSE_HEADERS = new PreEncodedHttpField(
            HttpHeader.ACCESS_CONTROL_EXPOSE_HEADERS,
            "Event-Id, Idempotency-Replayed, Log-Epoch, Link, Retry-After, WWW-Authenticate");

    public Origins {
        others = Set.copyOf(others);
    }

    /** Reads {@code ALLOWED_ORIGINS}. */
    public static Origins read(SettingsReader in) {
        Origins origins = in.optional(
                "ALLOWED_ORIGINS",
                "the service's own",
                "origins of pages that may use the service besides its own, such as https://app.example.com, separated by commas; * for all, only with AUTH=required",
                Origins::parse);
        return origins == null ? new Origins(Set.of()) : origins;
    }

    private static Origins parse(String value) {
        Set<String> others = new TreeSet<>();
        for (String part : value.split(",", -1)) {
            String origin = part.strip().toLowerCase(Locale.ROOT);
            Matcher form = FORM.matcher(origin);
            if (form.matches()) {
                String port = defaultPort(form.group("scheme"));
                others.add(
                        port.isEmpty() || !origin.endsWith(port)
                                ? origin
                                : origin.substring(0, origin.length() - port.length()));
            } else if (origin.equals(ANY)) {
                others.add(origin);
            } else {
                throw new IllegalArgumentException(
                        "'%s' is not an origin: accepted are scheme://host and scheme://host:port, without a path, and *"
                                .formatted(Excerpt.of(part.strip())));
            }
        }
        return new Origins(others);
    }

    /** As a URL may end in it; browsers leave it out. */
    private static String defaultPort(String scheme) {
        return switch (scheme) {
            case "http" -> ":80";
            case "https" -> ":443";
            default -> "";
        };
    }

    /** Whether pages from anywhere may use the service. */
    public boolean isAny() {
        return others.contains(ANY);
    }

    /**
     * Looks at where a request comes from. A browser is told by the answer's headers whether its page may see it.
     *
     * @param route null when there is none
     * @throws ApiException 403 when a page that is not allowed would open a stream or change something
     */
    void check(Request request, Response response, @Nullable Route route) {
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        if (origin == null) {
            return;
        }
        HttpFields.Mutable headers = response.getHeaders();
        headers.add(VARY);
        if (others.contains(origin) || isAny()) {
            headers.put(HttpHeader.ACCESS_CONTROL_ALLOW_ORIGIN, isAny() ? ANY : origin);
            if (HttpMethod.OPTIONS.is(request.getMethod())) {
                headers.put(HttpHeader.ACCESS_CONTROL_ALLOW_METHODS, methods(route));
                headers.put(REQUEST_HEADERS);
                headers.put(MAX_AGE);
            } else {
                headers.put(RESPONSE_HEADERS);
            }
        } else if (!isOwn(origin, request) && isDangerous(request.getMethod(), route)) {
            throw new ApiException(
                    403,
                    "a page of '%s' may not use this service: ALLOWED_ORIGINS does not name it"
                            .formatted(Excerpt.of(origin)));
        }
    }

    private static String methods(@Nullable Route route) {
        return String.join(", ", route == null ? List.of("GET", "HEAD", "POST", "DELETE") : route.methods());
    }

    /** What a browser sends for any page, without asking first, and a page can use without seeing an answer's headers. */
    private static boolean isDangerous(String method, @Nullable Route route) {
        boolean isRead = HttpMethod.GET.is(method) || HttpMethod.HEAD.is(method) || HttpMethod.OPTIONS.is(method);
        return !isRead || (route != null && route.isStream() && !HttpMethod.OPTIONS.is(method));
    }

    /** Whether the page came from where it sends the request to; the port may be left out where it is the scheme's. */
    private static boolean isOwn(String origin, Request request) {
        int slashes = origin.indexOf("://");
        String target = request.getHttpURI().getAuthority();
        if (slashes < 0 || target == null) {
            return false;
        }
        String authority = origin.substring(slashes + "://".length());
        return authority.equalsIgnoreCase(target)
                || (authority + defaultPort(origin.substring(0, slashes))).equalsIgnoreCase(target);
    }
}
