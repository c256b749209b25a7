package io.eventhandler.client;

/** Where a subscription begins that has no position yet. */
sealed interface Start {

    /** With what is published from now on. */
    record Now() implements Start {}

    /** With the first event that the log still has. */
    record Earliest() implements Start {}

    /** With what comes behind this id. */
    record After(long id) implements Start {}

    /** With so many that there are already. */
    record Last(int events) implements Start {}
}
