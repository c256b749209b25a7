package io.eventhandler.lifecycle;

/**
 * Something that runs between {@link #start} and {@link #stop}.
 *
 * <p>{@code start} returns when the part works, or throws; then it is stopped too. {@code stop} waits until it has ended,
 * tolerates a part that never started, failed to, or has stopped already, and doesn't throw for what is merely untidy.
 */
public interface Part {

    /** Starts, or throws. */
    default void start() {}

    /** Stops and waits for the end. */
    void stop();
}
