package io.eventhandler.history;

import io.eventhandler.event.Event;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.ByteBudget;
import java.util.List;

/** The bytes of events that all answers together may hold while their clients read them. Thread-safe. */
final class AnswerBudget {

    /** About what an event takes beside what is its own, in bytes. */
    static final int AROUND_A_PAYLOAD = 256;

    private final long total;
    private final ByteBudget budget;

    AnswerBudget(long total) {
        this.total = total;
        this.budget = new ByteBudget(total);
    }

    /** A share for one answer, empty at first. */
    ByteBudget.Share share() {
        return budget.share();
    }

    /**
     * Takes so many bytes for an answer. One that needs more than there are takes all.
     *
     * @throws ApiException 503 when other answers hold too much
     */
    void take(long bytes, ByteBudget.Share share) {
        if (!share.take(Math.min(total, bytes))) {
            throw ApiException.unavailable("too many answers of the history are being read now, try again");
        }
    }

    /** About what these events take. */
    static long bytes(List<Event> events) {
        long bytes = 0;
        for (Event event : events) {
            bytes += event.bytes() + AROUND_A_PAYLOAD;
        }
        return bytes;
    }
}
