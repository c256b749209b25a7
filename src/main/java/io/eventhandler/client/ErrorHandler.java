package io.eventhandler.client;

import io.eventhandler.event.Event;

/** Decides what a subscription does about what goes wrong. Called by the thread that handles the events. */
@FunctionalInterface
public interface ErrorHandler {

    /** What to do. */
    enum Decision {
        /** The same again after a pause, which grows up to 30 s. */
        RETRY,
        /** Go on with what comes next, for good. */
        SKIP,
        /** End the subscription; its {@link Subscription#ended} says why. */
        STOP
    }

    /** Tries again until it works, with a warning in the log each time: nothing is lost, and nothing else is handled meanwhile. */
    ErrorHandler RETRY_FOR_EVER = (event, failure, attempt) -> Decision.RETRY;

    /**
     * The consumer threw something.
     *
     * @param attempt 1 for the first time with this event
     */
    Decision handlerFailed(Event event, Exception failure, int attempt);

    /**
     * The log can't be read on from the position. By default the subscription ends. To skip is to go on with all that the log
     * still has after that position: what it has lost is lost, and ids that it has used again are handled.
     */
    default Decision positionLost(PositionLostException failure) {
        return Decision.STOP;
    }

    /** The service sent something that can't be read, such as an event of an unknown shape. By default the subscription ends. */
    default Decision unreadable(Exception failure) {
        return Decision.STOP;
    }
}
