package io.eventhandler.activity;

import org.jspecify.annotations.Nullable;

/** Who does something, as the activity log names it: never by a secret. */
public interface Client {

    /** Its name, null while nobody is asked for one. */
    @Nullable
    String client();

    /** The id of its API key, null when it has none. */
    @Nullable
    String key();
}
