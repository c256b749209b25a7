package io.eventhandler.web;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A body as far as it has come, in memory that is taken from a request's share. For one thread at a time. */
final class BodyBuffer {

    private static final byte[] EMPTY = {};

    private final ByteBudget.Share room;
    private byte[] bytes = EMPTY;
    private int length;

    BodyBuffer(ByteBudget.Share room) {
        this.room = room;
    }

    /** Its size so far. */
    int length() {
        return length;
    }

    /**
     * Adds a piece; false when there is no room for it. What comes in one piece is copied once.
     *
     * @param most the size that it won't exceed
     */
    boolean append(ByteBuffer piece, int most) {
        int size = piece.remaining();
        int end = length + size;
        if (end > bytes.length) {
            int capacity = Math.max(end, (int) Math.min(2L * bytes.length, most));
            if (!room.take(capacity - bytes.length)) {
                return false;
            }
            bytes = Arrays.copyOf(bytes, capacity);
        }
        piece.get(bytes, length, size);
        length = end;
        return true;
    }

    /** All of it. */
    byte[] bytes() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    /** Forgets it. */
    void clear() {
        bytes = EMPTY;
        length = 0;
        room.giveBack();
    }
}
