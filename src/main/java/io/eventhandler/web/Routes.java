package io.eventhandler.web;

import io.javalin.config.RoutesConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * The paths of a server, and who answers them: whoever has shown a credential, unless the path is open. Complete before the
 * server starts, thread-safe from then on.
 */
public final class Routes {

    private final RoutesConfig javalin;
    private final List<Route> routes = new ArrayList<>();
    private final Map<String, Route> byPath = new HashMap<>(); // those without parameters

    Routes(RoutesConfig javalin) {
        this.javalin = javalin;
    }

    /**
     * Answers GET on a virtual thread, which may block, and HEAD by the same without content.
     *
     * @param path may have parameters, such as {@code {id}}, each for one segment
     */
    public void get(String path, io.javalin.http.Handler handler) {
        get(path, handler, false);
    }

    /** The same for whoever asks, with a credential or without one. */
    public void openGet(String path, io.javalin.http.Handler handler) {
        get(path, handler, true);
    }

    private void get(String path, io.javalin.http.Handler handler, boolean isOpen) {
        javalin.get(path, handler);
        javalin.head(path, handler);
        add(Route.of(path, HttpMethod.GET, null, isOpen));
    }

    /** Answers POST on a virtual thread, which may block. */
    public void post(String path, io.javalin.http.Handler handler) {
        javalin.post(path, handler);
        add(Route.of(path, HttpMethod.POST, null, false));
    }

    /** Answers DELETE on a virtual thread, which may block. */
    public void delete(String path, io.javalin.http.Handler handler) {
        javalin.delete(path, handler);
        add(Route.of(path, HttpMethod.DELETE, null, false));
    }

    /**
     * Answers on the thread that reads the sockets, which saves a hand-over per request; it must not block. GET comes with
     * HEAD, whose content the server leaves out.
     *
     * @param path without parameters
     * @param handler throws an {@link ApiException} for an error; what it starts as a Jetty handler lives with the server
     */
    public void direct(HttpMethod method, String path, Request.Handler handler) {
        add(Route.of(path, method, handler, false));
    }

    /** Answers GET in the same way, with what browsers open as a WebSocket or an event stream. */
    public void stream(String path, Request.Handler handler) {
        add(Route.of(path, HttpMethod.GET, handler, false).asStream());
    }

    private void add(Route added) {
        Route route = added;
        for (Route before : List.copyOf(routes)) {
            if (before.path().equals(added.path())) {
                routes.remove(before);
                route = before.and(added);
            }
        }
        routes.add(route);
        if (!route.hasParameters()) {
            byPath.put(route.path(), route);
        }
    }

    /** All of them, in the order in which they were registered. */
    List<Route> all() {
        return Collections.unmodifiableList(routes);
    }

    /** The one at this path, null when there is none. */
    @Nullable
    Route at(String path) {
        Route exact = byPath.get(path);
        if (exact != null) {
            return exact;
        }
        for (Route route : routes) {
            if (route.hasParameters() && route.matches(path)) {
                return route;
            }
        }
        return null;
    }
}
