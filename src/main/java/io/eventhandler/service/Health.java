package io.eventhandler.service;

import java.util.Map;

/**
 * Whether a service can do its work, and why not. Immutable.
 *
 * @param ready true when every check holds
 * @param checks each check's name and finding: {@code ok}, or what is wrong
 */
public record Health(boolean ready, Map<String, String> checks) {

    /** The finding of a check that holds. */
    public static final String OK = "ok";

    public Health(Map<String, String> checks) {
        this(checks.values().stream().allMatch(finding -> finding.startsWith(OK)), checks);
    }
}
