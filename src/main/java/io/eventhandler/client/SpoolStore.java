package io.eventhandler.client;

import java.util.List;

/** Where events wait, in order. Safe for any number of threads that append and one that takes. */
sealed interface SpoolStore permits MemoryStore, DiskStore {

    /** What it takes beside the event itself. */
    int OVERHEAD = 8;

    /**
     * Accepts an event; when this returns it is as safe as it gets here.
     *
     * @throws SpoolFullException when there is no room
     * @throws java.io.UncheckedIOException when it can't be written
     * @throws IllegalStateException when this is closed
     */
    void append(byte[] event);

    /** Waits until there are events, and gives the first of them: at least one, and no more than so many and so many bytes. */
    List<byte[]> awaitFirst(int maxEvents, int maxBytes) throws InterruptedException;

    /** These, which are the first, need not be kept any longer. */
    void acknowledge(List<byte[]> first);

    /** How many wait. */
    long events();

    /** What all that is kept takes, in bytes. */
    long bytes();

    /** Whether what waits is still there after a restart. */
    boolean survives();

    /** Takes no more. What waits can still be taken. */
    void closeForNew();

    /** Gives back what it holds on to. */
    void close();
}
