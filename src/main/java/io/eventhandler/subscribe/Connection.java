package io.eventhandler.subscribe;

/** One subscriber's connection, as {@link Connections} looks after it. */
interface Connection {

    Transport transport();

    /** How many names and patterns it is subscribed to. */
    int subscriptions();

    /** Asks a silent client whether it is there, cuts a dead one, tells a quiet one its position. Called now and then. */
    void check(long nowNanos);

    /**
     * Ends the connection behind the write that is under way, and takes no more events.
     *
     * @param code of the WebSocket protocol
     */
    void end(int code, String reason);
}
