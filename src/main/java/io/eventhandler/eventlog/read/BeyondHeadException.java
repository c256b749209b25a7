package io.eventhandler.eventlog.read;

/** A position was asked for that the log has not reached. */
public final class BeyondHeadException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * @param after the position that was asked for
     * @param head the newest id
     */
    public BeyondHeadException(long after, long head) {
        super("after must be at most the head, which is %d, this one is %d".formatted(head, after));
    }
}
