package io.eventhandler.service;

import io.eventhandler.event.NewEvent;

/** Where a service's events go. Safe for concurrent use. */
@FunctionalInterface
public interface Outlet {

    /**
     * Takes an event.
     *
     * @throws RuntimeException when it was not taken; the message says why
     */
    void emit(NewEvent event);
}
