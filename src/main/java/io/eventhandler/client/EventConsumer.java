package io.eventhandler.client;

import io.eventhandler.event.Event;

/** What a subscription does with an event. */
@FunctionalInterface
public interface EventConsumer {

    /**
     * Handles an event. Called on a virtual thread, with one event after the other in the order of their ids: while it works,
     * nothing more is read than fits a buffer of 1 MiB. When it returns, the event is handled.
     *
     * @throws AlreadyHandledException when it turns out that the event was handled before
     * @throws Exception when it failed: the subscription's {@link ErrorHandler} decides what to do
     */
    void accept(Event event) throws Exception;
}
