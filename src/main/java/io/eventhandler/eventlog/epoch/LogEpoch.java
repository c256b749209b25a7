package io.eventhandler.eventlog.epoch;

import java.util.ArrayList;
import java.util.List;

/** The log's epoch as this replica knows it. Safe for concurrent use. */
public final class LogEpoch {

    /** The header that carries it in answers. */
    public static final String HEADER = "Log-Epoch";

    private static final int MAX_KNOWN = 100;

    private volatile List<String> known = List.of(""); // the current one last

    /** A short opaque text; empty before the log was read. */
    public String current() {
        return known.getLast();
    }

    /** From now on it is this one. */
    public void is(String epoch) {
        List<String> next = new ArrayList<>(known);
        next.remove(epoch);
        next.add(epoch);
        known = List.copyOf(next.subList(Math.max(0, next.size() - MAX_KNOWN), next.size()));
    }

    /** Those that it was so far, of late, the current one last. */
    List<String> known() {
        return known;
    }
}
