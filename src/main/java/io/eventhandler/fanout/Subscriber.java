package io.eventhandler.fanout;

/** Takes events, in ascending order of id. Must not block. What throws is ended by {@link #fail}, and nobody else notices. */
public interface Subscriber {

    /**
     * Takes an event's message; called by the one publishing thread. An event that several subscriptions select is offered
     * for each of them, with no other event in between: it must be sent once.
     *
     * @return true when this is the first since {@link #flush}, so that the hub calls it once more
     */
    boolean offer(OutboundMessage message);

    /** No more events for now: what was taken should be on its way. */
    void flush();

    /** An event could not be handed to it: it takes nothing more and ends. May be called under a hub's lock; must not throw. */
    void fail(Throwable cause);
}
