package io.eventhandler.client;

import io.eventhandler.lifecycle.Failures;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** How far a subscription has come, and what remembers it. {@link #position} for any thread, all else for that of the subscription. */
final class Progress {

    private static final Failures FAILURES = new Failures(LoggerFactory.getLogger(Progress.class));
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(10);

    private final CursorStore store;
    private final String name;
    private final CountDownLatch closing;
    private volatile @Nullable Cursor position;

    /**
     * @param name of the subscription, for the log
     * @param closing ends what waits
     */
    Progress(CursorStore store, String name, CountDownLatch closing) {
        this.store = store;
        this.name = name;
        this.closing = closing;
    }

    /** Null before it is known where the subscription begins. */
    @Nullable
    Cursor position() {
        return position;
    }

    /** Whether this comes behind the position. */
    boolean isNews(long id) {
        Cursor current = position;
        return current == null || id > current.id();
    }

    /** What is remembered is the position from now on, if anything is. Returns false when the store doesn't tell. */
    boolean load() throws InterruptedException {
        try {
            Cursor saved = store.load();
            if (saved != null) {
                position = saved;
            }
            return true;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            FAILURES.say(e, name + ": its position can't be read, it is tried again");
            return false;
        }
    }

    /** The subscription begins here, unless somebody else has just begun it elsewhere: returns whether it does. */
    boolean begin(Cursor first) throws InterruptedException, CursorMovedException {
        remember(first);
        return load() && first.equals(position);
    }

    /** All up to this position is handled. Waits until that is remembered, or the subscription is closing. */
    void remember(Cursor reached) throws InterruptedException, CursorMovedException {
        var pause = new Backoff(FIRST_PAUSE, MAX_PAUSE);
        do {
            try {
                store.save(reached);
                position = reached;
                return;
            } catch (InterruptedException | CursorMovedException e) {
                throw e;
            } catch (Exception e) {
                FAILURES.say(e, name + ": its position can't be remembered, it is tried again before anything else");
            }
        } while (!closing.await(pause.next().toNanos(), TimeUnit.NANOSECONDS));
    }
}
