package io.eventhandler.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How events are written, as arguments say. For one thread. */
final class FormatOptions {

    @Option(names = "--json", description = "write all of each event, a JSON object on each line")
    private boolean json;

    @Option(
            names = "--template",
            paramLabel = "TEXT",
            description = "write this of each event, such as '{id} {event_name} {payload.order.id}'")
    private @Nullable String template;

    /**
     * @param usual without any of these arguments
     * @throws CommandException when they are wrong
     */
    EventFormat or(EventFormat usual) {
        if (json && template != null) {
            throw CommandException.misused("give --json or --template");
        }
        return template != null ? new Template(template) : json ? EventFormat.JSON : usual;
    }
}
