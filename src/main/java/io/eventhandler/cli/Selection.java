package io.eventhandler.cli;

import io.eventhandler.client.HistorySelection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which events of the log a command is about, as its arguments say. For one thread. */
final class Selection {

    @Option(names = "--after", paramLabel = "ID", description = "only what comes behind this id")
    private @Nullable Long after;

    @Option(names = "--before", paramLabel = "ID", description = "only what comes in front of this id")
    private @Nullable Long before;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = PointInTime.class,
            description = "only what is not older: 2026-11-28T09:30:00Z, or 90s, 15m, 2h, 7d ago")
    private @Nullable Instant since;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            converter = PointInTime.class,
            description = "only what is older, written as for --since")
    private @Nullable Instant until;

    @Option(names = "--source", paramLabel = "SOURCE", description = "only what was published by this one")
    private @Nullable String source;

    /** These names and patterns, or all without any, as far as the options have it. */
    HistorySelection of(List<String> patterns) {
        return new HistorySelection(new ArrayList<>(patterns), source, after, before, since, until, null);
    }
}
