package io.eventhandler.client;

import io.eventhandler.event.Event;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What comes out of a connection, its end included, which is always the last. */
sealed interface Frame {

    /** An event that was subscribed to. */
    record Delivered(Event event) implements Frame {}

    /** There is nothing that was subscribed to up to this id. */
    record Checkpoint(Cursor position) implements Frame {}

    /** Events come from now on. */
    record Subscribed(Cursor head) implements Frame {}

    /**
     * The service does not do what it was asked for, or no longer.
     *
     * @param lost where the log is, if that is the reason
     * @param after how long to wait until it may work, null when it is not for now only
     */
    record Refused(
            String reason, @Nullable Lost lost, @Nullable Duration after) implements Frame {}

    /** Where the log is. */
    record Lost(long head, String epoch, @Nullable Long earliest) {}

    /** The credential ends soon. */
    record TokenExpires() implements Frame {}

    /** Of no interest. */
    record Other() implements Frame {}

    /** A message that is none of these. */
    record Unreadable(Exception failure) implements Frame {}

    /** The service has ended the connection. */
    record Closed(int code, String reason) implements Frame {}

    /** The connection is no more. */
    record Broken(String reason) implements Frame {}
}
