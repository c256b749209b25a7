package io.eventhandler.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints what a shell needs to complete the commands and their options. For one thread. */
@Command(
        mixinStandardHelpOptions = true,
        name = "completion",
        description = "Prints a script for bash and zsh that completes commands: source <(event-handler completion)")
public final class CompletionCommand implements Callable<Integer> {

    private final PrintStream out;

    @Spec
    private @Nullable CommandSpec spec;

    public CompletionCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() {
        if (spec == null) {
            throw new IllegalStateException("the command line did not introduce itself");
        }
        CommandLine root = spec.root().commandLine();
        out.println(AutoComplete.bash(root.getCommandName(), root));
        return 0;
    }
}
