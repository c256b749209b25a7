package io.eventhandler.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** A time in which nothing can be sent: said when it begins, once a minute, and when it is over. Pauses between the tries. For one thread; {@link #reason} for any. */
final class Outage {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(3);
    private static final long QUIET_NANOS = Duration.ofMinutes(1).toNanos();

    private final Logger log;
    private final Backoff pause = new Backoff(FIRST_PAUSE, MAX_PAUSE);
    private volatile @Nullable String reason;
    private long saidNanos;

    Outage(Logger log) {
        this.log = log;
    }

    /** Another try has failed: says so now and then, and waits before the next one. */
    void goesOn(PublishException failure, long waiting) throws InterruptedException {
        long now = System.nanoTime();
        if (reason == null || now - saidNanos > QUIET_NANOS) {
            saidNanos = now;
            log.atWarn()
                    .addKeyValue("reason", failure.getMessage())
                    .addKeyValue("waiting", waiting)
                    .log("events wait until they can be sent");
        }
        reason = String.valueOf(failure.getMessage());
        Thread.sleep(pause.next());
    }

    /** Something was sent. */
    void isOver() {
        if (reason != null) {
            reason = null;
            pause.reset();
            log.info("events are sent again");
        }
    }

    @Nullable
    String reason() {
        return reason;
    }
}
