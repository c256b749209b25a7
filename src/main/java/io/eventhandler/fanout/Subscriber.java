package io.eventhandler.fanout;

/** Takes events, in ascending order of id. Must not block and must not throw. */
public interface Subscriber {

    /**
     * Takes an event; called by the one publishing thread.
     *
     * @return true when this is the first since {@link #flush}, so that the hub calls it once more
     */
    boolean offer(Outbound event);

    /** No more events for now: what was taken should be on its way. */
    void flush();
}
