package io.eventhandler.publish;

import java.util.Collections;
import java.util.List;

/**
 * The ids of a batch as JSON: {@code {"first_id":…,"last_id":…}}. When some of its events were stored earlier under their
 * idempotency keys, so that the ids are not consecutive, these are the smallest and the largest, and {@code ids} has one
 * per event.
 */
final class BatchIds {

    private BatchIds() {}

    /** These ids and all between them. */
    static String consecutive(long firstId, long lastId) {
        return "{\"first_id\":" + firstId + ",\"last_id\":" + lastId + "}";
    }

    /** The ids in the order of the events. */
    static String of(List<Long> ids) {
        long firstId = ids.getFirst();
        for (int i = 0; i < ids.size(); i++) {
            if (ids.get(i) != firstId + i) {
                return "{\"first_id\":%d,\"last_id\":%d,\"ids\":%s}"
                        .formatted(
                                Collections.min(ids),
                                Collections.max(ids),
                                ids.toString().replace(" ", ""));
            }
        }
        return consecutive(firstId, ids.getLast());
    }
}
