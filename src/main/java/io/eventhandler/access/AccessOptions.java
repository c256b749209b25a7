package io.eventhandler.access;

import io.eventhandler.service.SettingsReader;
import org.jspecify.annotations.Nullable;

/**
 * Who is let in.
 *
 * @param auth null when it is not said
 * @param adminKey has all rights, null for none
 * @param jwt null when JSON Web Tokens are not taken
 * @param maxTickets of one credential that may wait to be used
 */
public record AccessOptions(
        @Nullable Auth auth,
        @Nullable String adminKey,
        @Nullable JwtOptions jwt,
        int maxTickets) {

    private static final int MIN_ADMIN_KEY = 32;

    /** Whether a credential is asked for. */
    public enum Auth {
        /** Whoever reaches the port may do everything. */
        NONE,
        /** A credential is needed. */
        REQUIRED
    }

    /** Reads {@code AUTH}, {@code ADMIN_KEY} and {@code JWT_…}. */
    public static AccessOptions read(SettingsReader in) {
        return new AccessOptions(
                in.optional(
                        "AUTH",
                        "none with the embedded PostgreSQL on a loopback address, else it must be set",
                        "whether clients need a credential (none, required)",
                        AccessOptions::auth),
                in.optional(
                        "ADMIN_KEY",
                        "none",
                        "a token with all rights, %d characters at least".formatted(MIN_ADMIN_KEY),
                        AccessOptions::adminKey),
                JwtOptions.read(in),
                in.integer(
                        "MAX_TICKETS_PER_KEY",
                        1_000,
                        1,
                        10_000,
                        "tickets of one credential that may wait to be used; 10,000 may in all"));
    }

    /** What must be said before clients are served; ask the reader's {@code check} afterwards. */
    public void checkServing(SettingsReader in) {
        if (auth == null) {
            in.contradiction(
                    "AUTH",
                    "must be set: required (clients need a credential, see ADMIN_KEY) or none (whoever reaches the port may do everything)");
        }
        if (jwt != null) {
            jwt.checkServing(in);
        }
    }

    private static Auth auth(String value) {
        return switch (value) {
            case "none" -> Auth.NONE;
            case "required" -> Auth.REQUIRED;
            default ->
                throw new IllegalArgumentException(
                        "must be none (whoever reaches the port may do everything) or required (a credential is needed)");
        };
    }

    private static String adminKey(String value) {
        boolean isToken = value.chars().allMatch(c -> c > ' ' && c < 0x7f);
        if (value.length() < MIN_ADMIN_KEY || !isToken) {
            throw new IllegalArgumentException(
                    "must have %d characters at least, printable ones of ASCII without spaces, this one has %d"
                            .formatted(MIN_ADMIN_KEY, value.length()));
        }
        return value;
    }

    /** Whether a credential is needed. */
    public boolean isRequired() {
        return auth == Auth.REQUIRED;
    }

    /**
     * The same, with nobody asked for a credential where only this machine can ask.
     *
     * @param isPrivate whether the service keeps its own database and listens to this machine alone
     */
    public AccessOptions orNone(boolean isPrivate) {
        return auth == null && isPrivate ? new AccessOptions(Auth.NONE, adminKey, jwt, maxTickets) : this;
    }

    /** Without secrets. */
    @Override
    public String toString() {
        return "AccessOptions[auth=%s]".formatted(auth);
    }
}
