package io.eventhandler.web;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * A path, and who answers it. Immutable.
 *
 * @param path its parameters are segments such as {@code {id}}
 * @param methods all that it takes, as the header {@code Allow} has them
 * @param direct answers on the thread that reads the sockets; null for Javalin, on a virtual thread
 * @param isOpen whether it is answered whoever asks
 * @param isStream whether it is what browsers open for a page without headers of the page's own
 */
record Route(String path, List<String> methods, Request.@Nullable Handler direct, boolean isOpen, boolean isStream) {

    private static final String PARAMETER = "{";

    static Route of(String path, HttpMethod method, Request.@Nullable Handler direct, boolean isOpen) {
        List<String> methods =
                method == HttpMethod.GET ? List.of("GET", "HEAD", "OPTIONS") : List.of(method.asString(), "OPTIONS");
        return new Route(path, methods, direct, isOpen, false);
    }

    /** The same as what browsers open as a WebSocket or an event stream. */
    Route asStream() {
        return new Route(path, methods, direct, isOpen, true);
    }

    /** The same path for the methods of both. */
    Route and(Route other) {
        Set<String> both = new TreeSet<>(methods);
        both.addAll(other.methods);
        return new Route(path, List.copyOf(both), direct, isOpen, isStream);
    }

    boolean hasParameters() {
        return path.contains(PARAMETER);
    }

    /** Whether this path is one of those that it stands for. */
    boolean matches(String other) {
        String[] own = path.split("/", -1);
        String[] segments = other.split("/", -1);
        if (own.length != segments.length) {
            return false;
        }
        for (int i = 0; i < own.length; i++) {
            if (own[i].startsWith(PARAMETER) ? segments[i].isEmpty() : !own[i].equals(segments[i])) {
                return false;
            }
        }
        return true;
    }
}
