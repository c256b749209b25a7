package io.eventhandler.client;

/**
 * How far a subscription has come. Immutable.
 *
 * @param id of the last event that was handled, or passed over since it was not asked for; 0 before the first
 * @param epoch of the log that it is an id of
 */
public record Cursor(long id, String epoch) {

    /**
     * @throws IllegalArgumentException when there can't be such a position
     */
    public Cursor {
        if (id < 0) {
            throw new IllegalArgumentException("a position is at least 0, this one is " + id);
        }
    }
}
