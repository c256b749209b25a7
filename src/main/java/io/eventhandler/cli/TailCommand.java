package io.eventhandler.cli;

import io.eventhandler.client.ErrorHandler;
import io.eventhandler.client.EventClient;
import io.eventhandler.client.HistorySelection;
import io.eventhandler.client.SubscribeOptions;
import io.eventhandler.client.Subscription;
import io.eventhandler.event.Event;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints events as they are published. For one thread. */
@Command(
        mixinStandardHelpOptions = true,
        name = "tail",
        description = {
            "Prints events as they are published, a line each, until it is interrupted. When the connection breaks it connects again and goes on where it was.",
            "Without --json or --template a line is: time, id, name, source, payload, metadata."
        })
public final class TailCommand extends ClientCommand {

    private static final List<String> EVERYTHING = List.of(">");

    @Parameters(
            arity = "0..*",
            paramLabel = "PATTERN",
            description = "names, or patterns such as 'order.*'; all without any")
    private List<String> patterns = new ArrayList<>();

    @ArgGroup
    private Start start = new Start();

    @Option(
            names = "--until-head",
            description = "end with the newest event that there is when it begins; without a start, all before it")
    private boolean untilHead;

    @Mixin
    private final FormatOptions format = new FormatOptions();

    /** Where to begin; with what is published from now on without any of these. */
    private static final class Start {
        @Option(names = "--after", paramLabel = "ID", description = "begin with what comes behind this id")
        private @Nullable Long after;

        @Option(names = "--last", paramLabel = "N", description = "begin with the last 1 to 1,000 events")
        private @Nullable Integer last;

        @Option(
                names = "--since",
                paramLabel = "TIME",
                converter = PointInTime.class,
                description = "begin with what is not older: 2026-11-28T09:30:00Z, or 90s, 15m, 2h, 7d ago")
        private @Nullable Instant since;
    }

    @Override
    void run(EventClient client, ServiceAddress service) throws Exception {
        EventFormat line = format.or(Terminal.OUTPUT.hasColours() ? EventFormat.COLOURED : EventFormat.TEXT);
        service.requireListener();
        var out = new Output();
        if (untilHead) {
            if (start.last != null) {
                throw CommandException.misused("--until-head goes with --after or --since");
            }
            var selected = new HistorySelection(patterns, null, start.after, null, start.since, null, null);
            try (Stream<Event> events = client.history(selected)) {
                events.forEach(event -> out.line(line.line(event)));
            }
            out.flush();
            return;
        }
        ErrorHandler stop = (event, failure, attempt) -> ErrorHandler.Decision.STOP;
        var unwritable = new CompletableFuture<Void>();
        Subscription subscription = client.subscribe(options(client).onError(stop), event -> {
            try {
                out.line(line.line(event));
                out.flush();
            } catch (CommandException e) {
                unwritable.completeExceptionally(e);
            }
        });
        try {
            CompletableFuture.anyOf(unwritable, subscription.ended()).get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception reason ? reason : e;
        }
    }

    private SubscribeOptions options(EventClient client) throws Exception {
        SubscribeOptions options;
        try {
            options = SubscribeOptions.of(patterns.isEmpty() ? EVERYTHING : patterns);
            if (start.after != null) {
                options = options.after(start.after);
            } else if (start.last != null) {
                options = options.last(start.last);
            }
        } catch (IllegalArgumentException e) {
            throw CommandException.misused(String.valueOf(e.getMessage()));
        }
        return start.since == null ? options : options.after(idBefore(client, start.since));
    }

    /** The id behind which all that is not older is, also what is published meanwhile. */
    private long idBefore(EventClient client, Instant since) throws Exception {
        long head = LogHead.of(client, patterns);
        HistorySelection first = new HistorySelection(patterns, null, null, null, since, null, null).limit(1);
        try (Stream<Event> events = client.history(first)) {
            Optional<Event> event = events.findFirst();
            return event.isPresent() ? event.get().id() - 1 : head;
        }
    }
}
