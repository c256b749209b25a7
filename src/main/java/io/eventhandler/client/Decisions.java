package io.eventhandler.client;

import io.eventhandler.client.ErrorHandler.Decision;
import io.eventhandler.event.Event;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks an {@link ErrorHandler}, and says in the log what it has decided. One that fails itself ends the subscription. */
final class Decisions {

    private static final Logger LOG = LoggerFactory.getLogger(Decisions.class);

    private final ErrorHandler errors;
    private final String name;

    /**
     * @param name of the subscription, for the log
     */
    Decisions(ErrorHandler errors, String name) {
        this.errors = errors;
        this.name = name;
    }

    /** Returns whether to try again, else to go on without it. */
    boolean isToRetry(Event event, Exception failure, int attempt) throws StoppedException {
        String what =
                "%s: event %d (%s) could not be handled, attempt %d".formatted(name, event.id(), event.name(), attempt);
        return isToRetry(what, failure, () -> errors.handlerFailed(event, failure, attempt));
    }

    /** Returns whether to try again, else to go on from the nearest position. */
    boolean isToRetry(PositionLostException failure) throws StoppedException {
        return isToRetry(name + ": the position is lost", failure, () -> errors.positionLost(failure));
    }

    /** Returns whether to have it sent again, else to go on without it. */
    boolean isToRetryUnreadable(Exception failure) throws StoppedException {
        return isToRetry(name + ": a message can't be read", failure, () -> errors.unreadable(failure));
    }

    @FunctionalInterface
    private interface Question {
        Decision ask();
    }

    private static boolean isToRetry(String what, Exception failure, Question question) throws StoppedException {
        Decision decision;
        try {
            decision = question.ask();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
            decision = Decision.STOP;
        }
        switch (decision) {
            case RETRY -> LOG.warn("{}; it is tried again", what, failure);
            case SKIP -> LOG.warn("{}; it is passed over", what, failure);
            case STOP -> {
                LOG.error("{}; the subscription ends", what, failure);
                throw new StoppedException(failure);
            }
        }
        return decision == Decision.RETRY;
    }
}
