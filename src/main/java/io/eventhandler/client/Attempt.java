package io.eventhandler.client;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of one request to publish. */
sealed interface Attempt {

    /** All events are stored, under these ids. */
    record Stored(List<Long> ids) implements Attempt {

        public Stored {
            ids = List.copyOf(ids);
        }
    }

    /** The service refused it, and nothing was stored. */
    record Refused(int status, String reason) implements Attempt {}

    /**
     * It may be tried again.
     *
     * @param status 0 for no answer
     * @param mayBeStored whether the events may be stored nevertheless
     * @param after how long the service asks to be left alone, null when it doesn't say
     */
    record Failed(
            int status,
            String reason,
            boolean mayBeStored,
            @Nullable Duration after,
            @Nullable Throwable cause) implements Attempt {}
}
