package io.eventhandler.client;

import io.eventhandler.event.NamePattern;
import java.util.List;

/**
 * What to subscribe to, and how. Immutable: each method returns another one. Without more than patterns a subscription begins
 * with what is published from now on, and remembers its position in memory.
 */
public final class SubscribeOptions {

    private static final int MAX_LAST = 1_000;

    private final List<NamePattern> patterns;
    private final Start start;
    private final CursorStore cursor;
    private final ErrorHandler errors;

    private SubscribeOptions(List<NamePattern> patterns, Start start, CursorStore cursor, ErrorHandler errors) {
        this.patterns = patterns;
        this.start = start;
        this.cursor = cursor;
        this.errors = errors;
    }

    /**
     * @param patterns names, or patterns with {@code *} for one token and a last {@code >} for one or more
     * @throws IllegalArgumentException when there is none, or one is none
     */
    public static SubscribeOptions of(String... patterns) {
        return of(List.of(patterns));
    }

    /**
     * @param patterns as in {@link #of(String...)}
     * @throws IllegalArgumentException when there is none, or one is none
     */
    public static SubscribeOptions of(List<String> patterns) {
        if (patterns.isEmpty()) {
            throw new IllegalArgumentException("a subscription needs an event name or a pattern, such as order.*");
        }
        return new SubscribeOptions(
                patterns.stream().map(NamePattern::of).toList(),
                new Start.Now(),
                CursorStore.inMemory(),
                ErrorHandler.RETRY_FOR_EVER);
    }

    /** Begins with what comes behind this id, unless the cursor knows better. */
    public SubscribeOptions after(long id) {
        return startingAt(new Start.After(new Cursor(id, "").id()));
    }

    /** Begins with the first event that the log still has, unless the cursor knows better. */
    public SubscribeOptions fromEarliest() {
        return startingAt(new Start.Earliest());
    }

    /**
     * Begins with the last events that there are already, unless the cursor knows better.
     *
     * @param events from 1 to 1,000
     * @throws IllegalArgumentException when it is none of these
     */
    public SubscribeOptions last(int events) {
        if (events < 1 || events > MAX_LAST) {
            throw new IllegalArgumentException("last is from 1 to %d, not %d".formatted(MAX_LAST, events));
        }
        return startingAt(new Start.Last(events));
    }

    private SubscribeOptions startingAt(Start other) {
        return new SubscribeOptions(patterns, other, cursor, errors);
    }

    /** Remembers the position here; what it knows goes before where the options say to begin. */
    public SubscribeOptions cursor(CursorStore store) {
        return new SubscribeOptions(patterns, start, store, errors);
    }

    /** Asks this one what to do about what goes wrong; by default it is tried again for ever. */
    public SubscribeOptions onError(ErrorHandler handler) {
        return new SubscribeOptions(patterns, start, cursor, handler);
    }

    List<NamePattern> patterns() {
        return patterns;
    }

    Start start() {
        return start;
    }

    CursorStore cursor() {
        return cursor;
    }

    ErrorHandler errors() {
        return errors;
    }
}
