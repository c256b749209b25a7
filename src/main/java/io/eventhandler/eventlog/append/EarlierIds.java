package io.eventhandler.eventlog.append;

import io.eventhandler.event.NewEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** Which of a publisher's events an earlier publish with the same key has stored, and the ids they have. Not thread-safe. */
final class EarlierIds {

    private final List<NewEvent> events;
    private final long[] ids; // 0 for an event that was not stored before

    EarlierIds(List<NewEvent> events) {
        this.events = events;
        this.ids = new long[events.size()];
    }

    /** The claim's events have the ids {@code firstId}, {@code firstId + 1}, … */
    void add(KeyedEvents claim, long firstId) {
        for (int i = 0; i < claim.count(); i++) {
            ids[claim.first() + i] = firstId + i;
        }
    }

    /** The events that are yet to be stored. */
    List<NewEvent> rest() {
        List<NewEvent> rest = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] == 0) {
                rest.add(events.get(i));
            }
        }
        return rest;
    }

    /** Where in the rest this event is, given its index among all. */
    int indexInRest(int index) {
        return (int) LongStream.of(ids).limit(index).filter(id -> id == 0).count();
    }

    /** The index among all of this event of the rest. */
    int indexAmongAll(int indexInRest) {
        int index = 0;
        for (int left = indexInRest; ids[index] != 0 || left > 0; index++) {
            left -= ids[index] == 0 ? 1 : 0;
        }
        return index;
    }

    /** The ids of all events, when those of the rest are {@code firstId}, {@code firstId + 1}, … */
    List<Long> ids(long firstId) {
        List<Long> all = new ArrayList<>(ids.length);
        long next = firstId;
        for (long id : ids) {
            all.add(id == 0 ? next++ : id);
        }
        return all;
    }
}
