package io.eventhandler.cli;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.PublishException;
import io.eventhandler.event.EventName;
import io.eventhandler.event.NewEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Publishes the events of a file of any length. For one thread. */
@Command(
        mixinStandardHelpOptions = true,
        name = "import",
        description = {
            "Publishes the events of a file, in its order, a JSON object on each line as 'export' and 'events' write them. They get new ids and times.",
            "Interrupted, it goes on where it was when it is called again. An event that was stored is not stored again as long as the service keeps idempotency keys."
        })
public final class ImportCommand extends ClientCommand {

    private static final String INPUT = "-";
    private static final int MAX_EVENTS = 500;
    private static final int MAX_BYTES = 512 << 10;
    private static final int MAX_REQUESTS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final PrintStream err;
    private final Queue<Batch> underWay = new ArrayDeque<>();
    private long count;
    private long passedOver;

    @Parameters(paramLabel = "FILE|-", description = "the file, or standard input")
    private String file = INPUT;

    /** What becomes of some lines of the file. */
    private record Batch(
            List<NewEvent> events, List<Long> lines, ImportPosition.At end, CompletableFuture<List<Long>> ids) {}

    public ImportCommand(PrintStream err) {
        this.err = err;
    }

    @Override
    EventClient.Builder client(ServiceAddress service) {
        return super.client(service).timeout(PATIENCE);
    }

    @Override
    void run(EventClient client, ServiceAddress service) throws Exception {
        Path path = file.equals(INPUT) ? null : Path.of(file);
        try (InputStream in = path == null ? System.in : Files.newInputStream(path);
                var lines = new EventLines(in);
                var progress = new ProgressLine(err, true)) {
            var position = new ImportPosition(path, service.url());
            long size = path == null ? 0 : Files.size(path);
            ImportPosition.At start = position.load();
            lines.skip(start);
            progress.begin(size == 0 ? 0 : (double) start.bytes() / size);
            while (publishSome(client, lines)) {
                while (underWay.size() >= MAX_REQUESTS) {
                    await(client, underWay.remove(), position);
                }
                progress.update(count, size == 0 ? 0 : (double) lines.at().bytes() / size);
            }
            while (!underWay.isEmpty()) {
                await(client, underWay.remove(), position);
            }
            position.forget();
        } catch (IOException e) {
            throw CommandException.failed("%s can't be read: %s".formatted(file, Reasons.of(e)), e);
        }
        err.printf(
                "%d events were imported%s%n",
                count, passedOver == 0 ? "" : ", %d of the service's own were passed over".formatted(passedOver));
    }

    /** Returns whether there may be more. */
    private boolean publishSome(EventClient client, EventLines lines) throws IOException {
        List<NewEvent> events = new ArrayList<>();
        List<Long> numbers = new ArrayList<>();
        NewEvent event = null;
        for (int bytes = 0; events.size() < MAX_EVENTS && bytes < MAX_BYTES; ) {
            event = lines.next();
            if (event == null) {
                break;
            }
            if (EventName.isReserved(event.name())) {
                passedOver++;
                continue;
            }
            events.add(event.idempotencyKey() == null ? event.withKey(lines.key()) : event);
            numbers.add(lines.at().lines());
            bytes += event.bytes();
        }
        if (!events.isEmpty()) {
            underWay.add(new Batch(events, numbers, lines.at(), client.publishAllAsync(events)));
        }
        return event != null;
    }

    private void await(EventClient client, Batch batch, ImportPosition position)
            throws PublishException, IOException, InterruptedException {
        try {
            count += batch.ids().get().size();
            position.save(batch.end());
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof PublishException failure)) {
                throw new IllegalStateException(e.getCause());
            }
            if (failure.outcome() != PublishException.Outcome.REFUSED || failure.status() == 401) {
                throw new PublishException(
                        failure.outcome(),
                        failure.status(),
                        "%s; call it again to go on".formatted(failure.getMessage()),
                        failure);
            }
            publishOneByOne(client, batch);
            position.save(batch.end());
        }
    }

    /** Stores what is in front of the event that was refused, and says which one that is. */
    private void publishOneByOne(EventClient client, Batch batch) throws PublishException {
        for (int i = 0; i < batch.events().size(); i++) {
            try {
                client.publish(batch.events().get(i));
                count++;
            } catch (PublishException e) {
                throw new PublishException(
                        e.outcome(),
                        e.status(),
                        "line %d: %s; %d events in front of it were imported"
                                .formatted(batch.lines().get(i), e.getMessage(), count),
                        e);
            }
        }
    }
}
