package io.eventhandler.feed;

import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.read.EventsRemovedException;
import io.eventhandler.fanout.Subscriber;
import java.util.List;

/** The client's end of a {@link Feed}. */
public interface FeedOutput extends Subscriber {

    /** What follows continues from this position, which may be before that of what was offered. */
    void position(long id);

    /** The client is at this position, and perhaps nothing has told it so. */
    void checkpoint(long id);

    /** Whether another event of a replay may wait for the client: little does, and there is memory. */
    boolean hasRoom();

    /** Waits until there is room; false when the client has gone. */
    boolean awaitRoom() throws InterruptedException;

    /** A replay was too slow: events that these patterns select were removed before they could be delivered. */
    void removed(List<NamePattern> forgotten, EventsRemovedException reason);
}
