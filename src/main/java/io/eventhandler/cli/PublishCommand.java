package io.eventhandler.cli;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.PublishException;
import io.eventhandler.event.NewEvent;
import io.eventhandler.json.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Publishes an event, or a batch of them. For one thread. */
@Command(
        mixinStandardHelpOptions = true,
        name = "publish",
        description = {
            "Publishes an event, and prints its id when it is stored. It is tried for 10 s, and stored once.",
            "With --batch the events of a file are stored, all in their order or none."
        })
public final class PublishCommand extends ClientCommand {

    private static final String INPUT = "-";
    private static final int MAX_BATCH = 1_000;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "NAME",
            description = "the event's name, such as user.created")
    private @Nullable String name;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "JSON|@FILE|-",
            description = "the payload, itself, in a file, or on standard input; null without it")
    private @Nullable String payload;

    @Option(
            names = "--batch",
            paramLabel = "FILE",
            description =
                    "1 to 1,000 events, a JSON object on each line as POST /publish takes them; '-' is standard input")
    private @Nullable String batch;

    @Option(names = "--source", paramLabel = "SOURCE", description = "who publishes it")
    private @Nullable String source;

    @Option(names = "--metadata", paramLabel = "NAME=VALUE", description = "more about it; may be given several times")
    private Map<String, String> metadata = new LinkedHashMap<>();

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "its idempotency key: however often it is published with it, it is stored once")
    private @Nullable String key;

    @Override
    void run(EventClient client, ServiceAddress service) throws PublishException, IOException {
        var out = new Output();
        if (batch != null) {
            if (name != null || source != null || key != null || !metadata.isEmpty()) {
                throw CommandException.misused("with --batch all of an event is in the file");
            }
            client.publishAll(events(batch)).forEach(id -> out.line(id.toString()));
        } else if (name != null) {
            out.line(String.valueOf(client.publish(event(name, payload == null ? "null" : payload))));
        } else {
            throw CommandException.misused("give the event's name, or --batch FILE");
        }
        out.flush();
    }

    private NewEvent event(String eventName, String value) throws IOException {
        byte[] json = value.equals(INPUT)
                ? System.in.readAllBytes()
                : value.startsWith("@") ? read(value.substring(1)) : value.getBytes(StandardCharsets.UTF_8);
        try {
            byte[] checked = NewEventLine.value(json);
            return new NewEvent(
                    eventName, source == null ? NewEvent.DEFAULT_SOURCE : source, checked, metadataAsJson(), key);
        } catch (IllegalArgumentException e) {
            throw CommandException.misused(
                    "the payload is not JSON (%s); a text is '\"in quotes\"'".formatted(e.getMessage()));
        }
    }

    private @Nullable String metadataAsJson() {
        if (metadata.isEmpty()) {
            return null;
        }
        var json = new JsonWriter(256);
        metadata.forEach((member, value) ->
                json.raw(json.length() == 0 ? "{" : ",").string(member).raw(":").string(value));
        return json.raw("}").toString();
    }

    private static List<NewEvent> events(String file) {
        List<NewEvent> events = new ArrayList<>();
        try (InputStream in = file.equals(INPUT) ? System.in : Files.newInputStream(Path.of(file));
                var lines = new EventLines(in)) {
            for (NewEvent event = lines.next(); event != null; event = lines.next()) {
                if (events.size() == MAX_BATCH) {
                    throw CommandException.misused(
                            "a batch has at most 1,000 events, this one more: 'import' takes any number, in parts");
                }
                events.add(event);
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        return events;
    }

    private static byte[] read(String file) {
        try {
            return Files.readAllBytes(Path.of(file));
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static CommandException unreadable(String file, IOException e) {
        return CommandException.failed("%s can't be read: %s".formatted(file, Reasons.of(e)), e);
    }
}
