package io.eventhandler.fanout;

import java.nio.charset.StandardCharsets;

/**
 * What is sent to a subscriber, ready to be written. Immutable and shared; the bytes must not be changed.
 *
 * @param id the position in the log that the subscriber has reached with it, 0 when it says nothing of that
 * @param isEvent whether it is an event
 * @param bytes of one message; empty when nothing is written and only the position changes
 */
@SuppressWarnings("ArrayRecordComponent") // shared by reference between all subscribers, by design
public record OutboundMessage(long id, boolean isEvent, byte[] bytes) {

    /** A message that is the event with this id. */
    public static OutboundMessage event(long id, byte[] bytes) {
        return new OutboundMessage(id, true, bytes);
    }

    /** A message that is no event. */
    public static OutboundMessage reply(byte[] bytes) {
        return new OutboundMessage(0, false, bytes);
    }

    /** Nothing to write: from here on the subscriber is at this position, which may be before the one it was at. */
    public static OutboundMessage position(long id) {
        return new OutboundMessage(id, false, new byte[0]);
    }

    /** A message that tells the subscriber its position. */
    public static OutboundMessage checkpoint(long id, String text) {
        return new OutboundMessage(id, false, text.getBytes(StandardCharsets.UTF_8));
    }
}
