package io.eventhandler.web;

/** Something that answers at paths of its own. */
@FunctionalInterface
public interface Endpoint {

    /** Registers the paths. */
    void addTo(Routes routes);
}
