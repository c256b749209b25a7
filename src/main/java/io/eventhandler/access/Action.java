package io.eventhandler.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a grant may allow. */
public enum Action {
    /** Storing events of a name. */
    PUBLISH(true),
    /** Receiving events of a name: live, replayed, from the history, from durable subscriptions. */
    SUBSCRIBE(true),
    /** Making and removing durable subscriptions to a name. */
    MANAGE(true),
    /** Storing log records. */
    WRITE_LOGS(false),
    /** Reading log records. */
    READ_LOGS(false),
    /** Everything. */
    ADMIN(false);

    private final boolean concernsEvents;

    Action(boolean concernsEvents) {
        this.concernsEvents = concernsEvents;
    }

    /** Whether a grant of it says for which events. */
    boolean concernsEvents() {
        return concernsEvents;
    }

    /** As grants write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The one that is written so, null when there is none. */
    static @Nullable Action of(String text) {
        return Arrays.stream(values())
                .filter(action -> action.text().equals(text))
                .findFirst()
                .orElse(null);
    }

    /** All of them, for people. */
    static String accepted() {
        return Arrays.stream(values()).map(Action::text).collect(Collectors.joining(", "));
    }
}
