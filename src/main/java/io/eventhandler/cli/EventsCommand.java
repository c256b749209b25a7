package io.eventhandler.cli;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.HistorySelection;
import io.eventhandler.event.Event;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints the history. For one thread. */
@Command(
        mixinStandardHelpOptions = true,
        name = "events",
        description = "Prints the events of the log, the oldest first, a JSON object on each line.")
public final class EventsCommand extends ClientCommand {

    private final PrintStream err;

    @Parameters(
            arity = "0..*",
            paramLabel = "PATTERN",
            description = "names, or patterns such as 'order.*'; all without any")
    private List<String> patterns = new ArrayList<>();

    @Mixin
    private final Selection selection = new Selection();

    @Option(names = "--limit", paramLabel = "N", description = "so many of them at most")
    private @Nullable Long limit;

    @Mixin
    private final FormatOptions format = new FormatOptions();

    public EventsCommand(PrintStream err) {
        this.err = err;
    }

    @Override
    void run(EventClient client, ServiceAddress service) throws Exception {
        EventFormat line = format.or(EventFormat.JSON);
        service.requireListener();
        HistorySelection all = selection.of(patterns);
        HistorySelection selected = limit == null ? all : all.limit(limit);
        var out = new Output();
        try (Stream<Event> events = client.history(selected);
                var progress = new ProgressLine(err, !Terminal.OUTPUT.isTerminal())) {
            var share = Share.of(client, selected, progress);
            long count = 0;
            for (Iterator<Event> each = events.iterator(); each.hasNext(); ) {
                Event event = each.next();
                out.line(line.line(event));
                progress.update(++count, share.at(event.id(), count));
            }
            out.flush();
        }
    }
}
