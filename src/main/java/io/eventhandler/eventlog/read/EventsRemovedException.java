package io.eventhandler.eventlog.read;

/** Events that were asked for are no longer kept. */
public final class EventsRemovedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final long earliest;

    /**
     * @param after the id after which all events were asked for
     * @param earliest the smallest id that is kept
     */
    public EventsRemovedException(long after, long earliest) {
        super("after must be at least %d, this one is %d: the earliest event that is kept is %d"
                .formatted(earliest - 1, after, earliest));
        this.earliest = earliest;
    }

    /** The smallest id that is kept. */
    public long earliest() {
        return earliest;
    }
}
