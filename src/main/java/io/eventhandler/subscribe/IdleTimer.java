package io.eventhandler.subscribe;

import java.time.Duration;

/** Notices when a client has been sent nothing for a while. For one thread. */
final class IdleTimer {

    private final long nanos;
    private long sinceNanos;
    private long lastOfferedId = -1;

    IdleTimer(Duration time) {
        this.nanos = time.toNanos();
    }

    /** Whether the position that was offered last has stayed the same for that long; true once per such time. */
    boolean isOver(long nowNanos, long offeredId) {
        if (offeredId != lastOfferedId) {
            lastOfferedId = offeredId;
            sinceNanos = nowNanos;
            return false;
        }
        if (nowNanos - sinceNanos < nanos) {
            return false;
        }
        sinceNanos = nowNanos;
        return true;
    }
}
