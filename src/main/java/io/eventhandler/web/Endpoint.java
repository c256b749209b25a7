package io.eventhandler.web;

import io.javalin.config.RoutesConfig;

/** Something that answers at paths of its own. */
@FunctionalInterface
public interface Endpoint {

    /** Registers the paths. */
    void addTo(RoutesConfig routes);
}
