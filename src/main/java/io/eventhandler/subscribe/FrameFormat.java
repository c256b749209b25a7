package io.eventhandler.subscribe;

import io.eventhandler.fanout.Outbound;

/**
 * What the frames of one connection on {@code /ws} look like, as its subprotocol says.
 *
 * @param plain without metadata
 * @param full with metadata
 */
record FrameFormat(Outbound.Encoder plain, Outbound.Encoder full) {

    /** Without a subprotocol. */
    static final FrameFormat OWN = new FrameFormat(EventFrame.PLAIN, EventFrame.FULL);

    /** CloudEvents, which carry everything in any case. */
    static final FrameFormat CLOUD_EVENTS = new FrameFormat(EventFrame.CLOUD_EVENT, EventFrame.CLOUD_EVENT);
}
