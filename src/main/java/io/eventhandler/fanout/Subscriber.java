package io.eventhandler.fanout;

/** Takes events, in ascending order of id. Must not block and must not throw. */
public interface Subscriber {

    /**
     * Takes an event's message; called by the one publishing thread. An event that several subscriptions select is offered
     * for each of them, with no other event in between: it must be sent once.
     *
     * @return true when this is the first since {@link #flush}, so that the hub calls it once more
     */
    boolean offer(Message message);

    /** No more events for now: what was taken should be on its way. */
    void flush();
}
