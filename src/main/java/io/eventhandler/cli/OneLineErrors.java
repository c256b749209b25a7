package io.eventhandler.cli;

import io.eventhandler.json.Excerpt;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says in one line on standard error what is wrong, never as a stack trace, whatever the arguments hold. Immutable. */
public final class OneLineErrors implements IParameterExceptionHandler, IExecutionExceptionHandler {

    private static final int MAX_LENGTH = 500;

    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        // What follows an unknown option may be a credential: the message names only the first of what is unknown.
        String fault = e instanceof UnmatchedArgumentException unmatched
                ? "unknown argument '%s'"
                        .formatted(nameOf(unmatched.getUnmatched().getFirst()))
                : String.valueOf(e.getMessage());
        command.getErr()
                .println(line(fault) + "; '" + command.getCommandSpec().qualifiedName()
                        + " --help' shows what there is");
        return 2;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult arguments) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        if (!message.isEmpty()) {
            command.getErr().println(command.getCommandName() + ": " + line(message));
        }
        return e instanceof CommandException known ? known.status() : 1;
    }

    private static String nameOf(String argument) {
        int value = argument.startsWith("-") ? argument.indexOf('=') : -1;
        return value < 0 ? argument : argument.substring(0, value);
    }

    private static String line(String text) {
        return Excerpt.of(text.strip().replaceAll("\\s*\\R\\s*", " "), MAX_LENGTH);
    }
}
