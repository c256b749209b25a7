package io.eventhandler.eventlog.append;

import io.eventhandler.eventlog.EventLog;
import io.eventhandler.postgres.jooq.routines.FindAppend;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds out what became of a batch whose answer was lost with its connection. */
final class LostAnswer {

    private LostAnswer() {}

    /** Where the batch with this token was stored, null when it was not and never will be. */
    static @Nullable Appended find(EventLog log, UUID token, long afterId, String applicationName) {
        var call = new FindAppend();
        call.setToken(token);
        call.setAfterId(afterId);
        call.setApplicationName(applicationName);
        call.execute(log.sql().configuration());
        @Nullable Long firstId = call.getFirstId();
        @Nullable OffsetDateTime appendedAt = call.getAppendedAt();
        return firstId == null || appendedAt == null ? null : Appended.of(firstId, appendedAt, call.getPreviousAt());
    }
}
