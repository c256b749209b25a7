package io.eventhandler.service;

/** The memory that this process may use. */
public final class Memory {

    private Memory() {}

    /** How many of this size fit into the heap. */
    public static long inHeap(long bytes) {
        return Runtime.getRuntime().maxMemory() / bytes;
    }

    /** An eighth of the heap, at most so many bytes. */
    public static int eighthOfHeap(int max) {
        return (int) Math.min(max, Runtime.getRuntime().maxMemory() / 8);
    }
}
