package io.eventhandler.client;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Remembers how far a subscription has come, so that the next process goes on from there. One of {@link #inMemory}, a
 * {@link FileCursor}, a {@link JdbcCursor}, or one of your own. For one subscription, which calls it from one thread at a time.
 */
public interface CursorStore {

    /**
     * What was saved last; called before each connection.
     *
     * @return null when nothing was saved yet: the subscription begins where its options say
     * @throws Exception when it can't be read; it is tried again later
     */
    @Nullable
    Cursor load() throws Exception;

    /**
     * Remembers this position: where the subscription begins, then each event after it was handled, and now and then an id
     * that it has nothing before. It may go back when the epoch changes. Whoever ends between handling and saving is given
     * that event again.
     *
     * @throws Exception when it can't be written; it is tried again, before any other event is handled
     */
    void save(Cursor position) throws Exception;

    /** Remembers as long as the process lives. */
    static CursorStore inMemory() {
        var saved = new AtomicReference<@Nullable Cursor>();
        return new CursorStore() {
            @Override
            public @Nullable Cursor load() {
                return saved.get();
            }

            @Override
            public void save(Cursor position) {
                saved.set(position);
            }
        };
    }
}
