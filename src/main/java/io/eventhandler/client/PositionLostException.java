package io.eventhandler.client;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A subscription can't go on from where it was: the log no longer keeps what comes next, or has lost events and uses their ids
 * again. Says what there is.
 */
public final class PositionLostException extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    private final long position;
    private final long head;
    private final String epoch;
    private final @Nullable Long earliest;

    PositionLostException(String message, long position, long head, String epoch, @Nullable Long earliest) {
        super(message);
        this.position = position;
        this.head = head;
        this.epoch = epoch;
        this.earliest = earliest;
    }

    /** The id after which the subscription wanted to go on. */
    public long position() {
        return position;
    }

    /** The newest id of the log. */
    public long head() {
        return head;
    }

    /** The log's epoch now. */
    public String epoch() {
        return epoch;
    }

    /** The smallest id that is kept, null unless what comes next was removed for its age. */
    public @Nullable Long earliest() {
        return earliest;
    }

    /** The nearest position that there is: nothing that the log still has is passed over. */
    Cursor nearest() {
        return new Cursor(earliest == null ? Math.min(position, head) : earliest - 1, epoch);
    }
}
