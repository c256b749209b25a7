package io.eventhandler.web;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.json.Excerpt;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Sees every request first, on the thread that reads the sockets: answers for the paths and methods that there are not
 * (RFC 9110, sections 9 and 15.5), refuses what pages of other origins may not do, finds out who asks, and passes on the
 * others.
 */
final class Router extends Handler.AbstractContainer {

    private final Routes routes;
    private final Handler blocking;
    private final Authenticator authenticator;
    private final Executor threads;
    private final ActivityLog activity;
    private final Origins origins;
    private final @Nullable LocalNames names;

    /**
     * @param names that it may be called, null for any
     * @param origins whose pages may use it
     * @param blocking answers what no direct handler does
     * @param threads where a credential may be looked up
     */
    Router(
            @Nullable LocalNames names,
            Origins origins,
            Routes routes,
            Handler blocking,
            Authenticator authenticator,
            Executor threads,
            ActivityLog activity) {
        super(false);
        this.names = names;
        this.origins = origins;
        this.routes = routes;
        this.blocking = blocking;
        this.authenticator = authenticator;
        this.threads = threads;
        this.activity = activity;
        getHandlers().forEach(this::addBean);
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    /** Those that start and stop with the server. */
    @Override
    public List<Handler> getHandlers() {
        List<Handler> handlers = new ArrayList<>();
        for (Route route : routes.all()) {
            if (route.direct() instanceof Handler handler) {
                handlers.add(handler);
            }
        }
        handlers.add(blocking);
        return handlers;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = Request.getPathInContext(request);
        try {
            if (names != null) {
                names.check(request);
            }
            Route found = routes.at(path);
            origins.check(request, response, found);
            Route route = route(found, path, request.getMethod());
            if (route == null) {
                HttpAnswer.options(response, callback, methods());
            } else if (HttpMethod.OPTIONS.is(request.getMethod())) {
                HttpAnswer.options(response, callback, route.methods());
            } else if (route.isOpen()) {
                return answer(route, request, response, callback);
            } else {
                return admit(route, request, response, callback);
            }
        } catch (ApiException e) {
            HttpAnswer.error(request, response, callback, e, activity);
        }
        return true;
    }

    private boolean answer(Route route, Request request, Response response, Callback callback) throws Exception {
        Request.Handler handler = route.direct() == null ? blocking : route.direct();
        return handler.handle(request, response, callback);
    }

    /** Answers once it is known who asks. */
    private boolean admit(Route route, Request request, Response response, Callback callback) throws Exception {
        Principal anybody = authenticator.anybody();
        if (anybody != null) {
            Caller.put(request, anybody);
            return answer(route, request, response, callback);
        }
        Credential credential = Credential.of(request, route.isStream());
        Principal known = authenticator.known(credential);
        if (known != null) {
            Caller.put(request, known);
            return answer(route, request, response, callback);
        }
        threads.execute(() -> {
            try {
                Caller.put(request, authenticator.verify(credential));
                if (!answer(route, request, response, callback)) {
                    Response.writeError(request, response, callback, 404);
                }
            } catch (ApiException e) {
                HttpAnswer.error(request, response, callback, e, activity);
            } catch (Throwable e) {
                Response.writeError(request, response, callback, e);
            }
        });
        return true;
    }

    /** The route that takes this request, null when it is about the server as a whole. */
    private static @Nullable Route route(@Nullable Route route, String path, String method) {
        if (HttpMethod.OPTIONS.is(method) && path.equals("*")) {
            return null;
        }
        if (route == null) {
            throw new ApiException(404, "there is nothing at " + Excerpt.of(path));
        }
        if (HttpMethod.fromString(method) == null) {
            throw new ApiException(501, "there is no method '%s'".formatted(Excerpt.of(method)));
        }
        if (!route.methods().contains(method)) {
            throw new ApiException(405, "%s does not take %s".formatted(Excerpt.of(path), method))
                    .with(HttpHeader.ALLOW, String.join(", ", route.methods()));
        }
        return route;
    }

    private Set<String> methods() {
        Set<String> methods = new TreeSet<>();
        routes.all().forEach(route -> methods.addAll(route.methods()));
        return methods;
    }
}
