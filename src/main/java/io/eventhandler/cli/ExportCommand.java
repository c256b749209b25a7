package io.eventhandler.cli;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.HistoryException;
import io.eventhandler.client.HistorySelection;
import io.eventhandler.event.Event;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Writes the history into a file. For one thread. */
@Command(
        mixinStandardHelpOptions = true,
        name = "export",
        description = {
            "Writes the events of the log into a file, the oldest first, a JSON object on each line.",
            "Where the file has events already, from an export that was interrupted or an earlier one, it goes on behind them."
        })
public final class ExportCommand extends ClientCommand {

    private final PrintStream err;

    @Parameters(index = "0", paramLabel = "FILE", description = "where to write them")
    private Path file = Path.of("");

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "PATTERN",
            description = "names, or patterns such as 'order.*'; all without any")
    private List<String> patterns = new ArrayList<>();

    @Mixin
    private final Selection selection = new Selection();

    public ExportCommand(PrintStream err) {
        this.err = err;
    }

    @Override
    void run(EventClient client, ServiceAddress service) throws Exception {
        service.requireListener();
        HistorySelection selected = selection.of(patterns);
        long count = 0;
        long last;
        try (var exported = new ExportFile(file)) {
            last = exported.lastId();
            if (last > 0) {
                checkIsTheSameLog(client, last, exported.lastLine());
                Long after = selected.after();
                selected = selected.after(after == null ? last : Math.max(after, last));
            }
            try (Stream<Event> events = client.history(selected);
                    var progress = new ProgressLine(err, true)) {
                var share = Share.of(client, selected, progress);
                for (Iterator<Event> each = events.iterator(); each.hasNext(); ) {
                    Event event = each.next();
                    exported.append(EventFormat.JSON.line(event));
                    last = event.id();
                    progress.update(++count, share.at(last, count));
                }
            }
        }
        err.printf(
                "%d events were exported to %s%s%n", count, file, last == 0 ? "" : ", which ends with event " + last);
    }

    private void checkIsTheSameLog(EventClient client, long last, byte[] line) {
        try (Stream<Event> events =
                client.history(HistorySelection.of().after(last - 1).before(last + 1))) {
            if (events.noneMatch(event -> Arrays.equals(EventFormat.JSON.line(event), line))) {
                throw CommandException.failed(
                        "event %d, the last one in %s, is not in the log (any more): export to another file"
                                .formatted(last, file),
                        null);
            }
        } catch (HistoryException e) {
            throw new HistoryException(
                    e.status(), "whether %s is of this log can't be seen: %s".formatted(file, e.getMessage()), e);
        }
    }
}
