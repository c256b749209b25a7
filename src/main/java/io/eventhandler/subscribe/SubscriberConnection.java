package io.eventhandler.subscribe;

import io.eventhandler.tail.LogReset;

/** One subscriber's connection, as {@link OpenConnections} looks after it. */
interface SubscriberConnection {

    /** The close code for a subscriber that does not keep up (in the range that RFC 6455 leaves to applications). */
    int SLOW_CONSUMER = 4008;

    /** The close code when the log has lost events. */
    int LOG_RESET = 4009;

    /** The close code for a credential that is none any more. */
    int POLICY_VIOLATION = 1008;

    /** The close code for what may be possible later. */
    int TRY_AGAIN_LATER = 1013;

    Transport transport();

    /** Whether it has ended, so that nothing more will take it out of the open ones. */
    boolean hasEnded();

    /** Whose it is. */
    ConnectionIdentity identity();

    /** How many bytes wait for the client, or for the rest of what it is sending. */
    long heldBytes();

    /** How many names and patterns it is subscribed to. */
    int subscriptions();

    /** Asks a silent client whether it is there, cuts a dead one, tells a quiet one its position. Called now and then. */
    void check(long nowNanos);

    /** Ends the connection because the memory for all of them is needed. */
    void makeRoom();

    /**
     * Ends the connection behind the write that is under way, and takes no more events.
     *
     * @param code of the WebSocket protocol
     */
    void end(int code, String reason);

    /** Ends the connection, because what it was sent may no longer be in the log. */
    void reset(LogReset reset);
}
