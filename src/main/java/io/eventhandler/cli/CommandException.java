package io.eventhandler.cli;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A command that can't be done. Its message is the whole line that its user reads; empty for none. */
public final class CommandException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final int status;

    private CommandException(int status, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** It was called rightly, and failed. */
    public static CommandException failed(String message, @Nullable Throwable cause) {
        return new CommandException(1, message, cause);
    }

    /** It was called wrongly, or what is saved for it is wrong. */
    public static CommandException misused(String message) {
        return new CommandException(2, message, null);
    }

    /** Whoever read its output reads no more: it ends as if the signal SIGPIPE had ended it, and says nothing. */
    static CommandException outputClosed(Throwable cause) {
        return new CommandException(128 + 13, "", cause);
    }

    /** That the process ends with. */
    public int status() {
        return status;
    }
}
