package io.eventhandler.service;

/** The memory that this process may use. */
public final class Memory {

    private Memory() {}

    /** An eighth of the heap, at most so many bytes. */
    public static int eighthOfHeap(int max) {
        return (int) Math.min(max, Runtime.getRuntime().maxMemory() / 8);
    }
}
