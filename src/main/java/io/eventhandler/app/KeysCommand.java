package io.eventhandler.app;

import io.eventhandler.logging.Logging;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Makes, lists and deletes API keys on the database alone, while replicas run or not. For one thread. */
@Command(
        mixinStandardHelpOptions = true,
        name = "keys",
        description = {
            "Makes an API key, in the database alone, and prints it; lists them without their secrets; deletes one. A key is wanted as:",
            "'{\"name\":\"billing\",\"grants\":[{\"actions\":[\"publish\"],\"event_names\":[\"order.*\"]}]}'"
        })
final class KeysCommand extends ConfiguredCommand {

    private final PrintStream out;
    private final PrintStream err;

    @Parameters(
            arity = "0..*",
            paramLabel = "create JSON | list | delete ID",
            hideParamSyntax = true,
            description = "what to do")
    private List<String> arguments = new ArrayList<>();

    KeysCommand(PrintStream out, PrintStream err) {
        super("reach the API keys", err);
        this.out = out;
        this.err = err;
    }

    @Override
    int run(Settings settings) throws SQLException, InterruptedException {
        Logging.configureForCommand(settings.log().format(), settings.log().level());
        KeysWork work;
        try {
            work = new KeysWork(arguments);
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            return 2;
        }
        return work.run(url(settings), start(settings, KeysWork.APPLICATION), out, err);
    }
}
