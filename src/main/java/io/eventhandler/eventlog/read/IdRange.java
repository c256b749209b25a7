package io.eventhandler.eventlog.read;

/**
 * The ids from {@code first} to {@code last}, both included; none when {@code last} is smaller. Immutable.
 *
 * <p>It is read from one end: from the first on when ascending, otherwise from the last on.
 */
record IdRange(long first, long last) {

    static final IdRange ALL = new IdRange(1, Long.MAX_VALUE);

    boolean isEmpty() {
        return last < first;
    }

    /** What both have. */
    IdRange and(IdRange other) {
        return new IdRange(Math.max(first, other.first), Math.min(last, other.last));
    }

    /** At most so many ids, those that are read first. */
    IdRange start(long count, boolean ascending) {
        if (isEmpty() || last - first < count) {
            return this;
        }
        return ascending ? new IdRange(first, first + count - 1) : new IdRange(last - count + 1, last);
    }

    /** What is left to read after this part of it, its start, was read. */
    IdRange after(IdRange start, boolean ascending) {
        return ascending ? new IdRange(start.last + 1, last) : new IdRange(first, start.first - 1);
    }

    /** What is left to read after this id. */
    IdRange after(long id, boolean ascending) {
        return after(new IdRange(id, id), ascending);
    }
}
