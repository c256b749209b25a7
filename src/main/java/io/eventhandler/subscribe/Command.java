package io.eventhandler.subscribe;

import io.eventhandler.event.NamePattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client asks for on {@code /ws}. */
sealed interface Command {

    /**
     * {@code {"action":"subscribe",…}}.
     *
     * @param after the id after which to replay, null for none
     * @param last how many of the last events to replay, null for none
     * @param epoch of the log that {@code after} is a position in, null when it is not given
     * @param metadata whether frames carry the id and all that belongs to the event
     */
    record Subscribe(
            Target target,
            @Nullable Long after,
            @Nullable Integer last,
            boolean metadata,
            @Nullable String epoch) implements Command {}

    /** {@code {"action":"unsubscribe",…}}. */
    record Unsubscribe(Target target) implements Command {}

    /**
     * {@code {"action":"authenticate",…}}.
     *
     * @param requestId asks for an acknowledgement that carries it, null for none
     */
    record Authenticate(String token, @Nullable String requestId) implements Command {

        /** Without the secret. */
        @Override
        public String toString() {
            return "Authenticate";
        }
    }

    /** {@code {"action":"ping"}}. */
    record Ping() implements Command {}

    /** Anything else; the reason says what is wrong and what is accepted. */
    record Invalid(String reason, @Nullable String requestId) implements Command {}

    /**
     * What a command is about.
     *
     * @param patterns at least one
     * @param several whether they came as {@code event_names}
     * @param requestId asks for an acknowledgement that carries it, null for none
     */
    record Target(
            List<NamePattern> patterns,
            boolean several,
            @Nullable String requestId) {}
}
