package io.eventhandler.fanout;

import io.eventhandler.event.Event;

/** Turns an event into the bytes of one message. The same object means the same format. */
@FunctionalInterface
public interface MessageFormat {

    byte[] encode(Event event);
}
