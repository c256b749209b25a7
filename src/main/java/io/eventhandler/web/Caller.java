package io.eventhandler.web;

import io.eventhandler.activity.Client;
import io.javalin.http.Context;
import java.security.Principal;
import java.util.Objects;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Who sent a request, as the {@link Authenticator} said before any handler saw it. */
public final class Caller {

    private static final String ATTRIBUTE = Caller.class.getName();

    private Caller() {}

    static void put(Request request, Principal principal) {
        request.setAttribute(ATTRIBUTE, principal);
    }

    /** Of this request, whose route needs a credential. */
    public static <P extends Principal> P of(Request request, Class<P> kind) {
        return kind.cast(Objects.requireNonNull(request.getAttribute(ATTRIBUTE), "the route is open"));
    }

    /** For the activity log; null when it is not known. */
    static @Nullable Client known(Request request) {
        return request.getAttribute(ATTRIBUTE) instanceof Client client ? client : null;
    }

    /** Of this request, whose route needs a credential. */
    public static <P extends Principal> P of(Context context, Class<P> kind) {
        return kind.cast(Objects.requireNonNull(context.attribute(ATTRIBUTE), "the route is open"));
    }
}
