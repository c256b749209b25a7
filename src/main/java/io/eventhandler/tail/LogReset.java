package io.eventhandler.tail;

/**
 * The tail could not go on from where it was. Whoever was handed events before has to begin anew from the log.
 *
 * @param cause why
 * @param epoch of the log from now on
 * @param common the id up to which the log surely is as it was
 */
public record LogReset(Cause cause, String epoch, long common) {

    /** Why a tail can't go on. */
    public enum Cause {
        /** The log has lost events that were visible, and uses their ids again. */
        LOST,
        /** Events were removed for their age before this replica had read them. */
        REMOVED
    }
}
