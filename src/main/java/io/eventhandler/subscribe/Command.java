package io.eventhandler.subscribe;

/** What a client asks for on {@code /ws}. */
sealed interface Command {

    /** {@code {"action":"subscribe","event_name":…}}. */
    record Subscribe(String eventName) implements Command {}

    /** {@code {"action":"unsubscribe","event_name":…}}. */
    record Unsubscribe(String eventName) implements Command {}

    /** {@code {"action":"ping"}}. */
    record Ping() implements Command {}

    /** Anything else; the reason says what is wrong and what is accepted. */
    record Invalid(String reason) implements Command {}
}
