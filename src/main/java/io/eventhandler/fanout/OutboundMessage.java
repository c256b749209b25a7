package io.eventhandler.fanout;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * What is sent to a subscriber, ready to be written. Shared by all that it waits for; the bytes must not be changed.
 * Thread-safe.
 */
public final class OutboundMessage {

    /** Counted on top of the bytes: the objects that hold them. */
    private static final int OVERHEAD_BYTES = 64;

    private static final AtomicIntegerFieldUpdater<OutboundMessage> HOLDERS =
            AtomicIntegerFieldUpdater.newUpdater(OutboundMessage.class, "holders");

    private final long id;
    private final boolean isEvent;
    private final byte[] bytes;
    private volatile int holders; // queues

    private OutboundMessage(long id, boolean isEvent, byte[] bytes) {
        this.id = id;
        this.isEvent = isEvent;
        this.bytes = bytes;
    }

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

    /** The position in the log that the subscriber has reached with it, 0 when it says nothing of that. */
    public long id() {
        return id;
    }

    /** Whether it is an event. */
    public boolean isEvent() {
        return isEvent;
    }

    /** Of one message; empty when nothing is written and only the position changes. */
    public byte[] bytes() {
        return bytes;
    }

    /** One more queue holds it. */
    public void hold(MessageMemory memory) {
        if (HOLDERS.getAndIncrement(this) == 0) {
            memory.take(bytes.length + OVERHEAD_BYTES);
        }
    }

    /** A queue that held it doesn't any more. */
    public void release(MessageMemory memory) {
        if (HOLDERS.decrementAndGet(this) == 0) {
            memory.giveBack(bytes.length + OVERHEAD_BYTES);
        }
    }
}
