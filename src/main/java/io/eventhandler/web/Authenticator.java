package io.eventhandler.web;

import java.security.Principal;
import org.jspecify.annotations.Nullable;

/** Knows who sent a request. Thread-safe. */
public interface Authenticator {

    /** Whoever sends a request, when nobody is asked for a credential; null when one is needed. */
    @Nullable
    Principal anybody();

    /**
     * Who it is, when that takes no time; null when {@link #verify} must be asked. Never blocks.
     *
     * @throws ApiException 401 when the credential is none
     */
    @Nullable
    Principal known(Credential credential);

    /**
     * Who it is; may block.
     *
     * @throws ApiException 401 when the credential is none, 503 when that can't be told now
     */
    Principal verify(Credential credential);
}
