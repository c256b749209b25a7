package io.eventhandler.subscribe;

/** One subscriber's connection, as {@link OpenConnections} looks after it. */
interface SubscriberConnection {

    /** The close code for a subscriber that does not keep up (in the range that RFC 6455 leaves to applications). */
    int SLOW_CONSUMER = 4008;

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
