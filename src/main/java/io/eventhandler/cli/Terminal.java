package io.eventhandler.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the process's output goes. */
enum Terminal {
    OUTPUT(1),
    ERROR(2);

    private final Path file;

    Terminal(int descriptor) {
        file = Path.of("/proc/self/fd/" + descriptor);
    }

    /** Whether a person looks at it. */
    @SuppressWarnings("SystemConsoleNull") // it is null when standard output is a pipe
    boolean isTerminal() {
        String target = target();
        if (!target.isEmpty()) {
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        }
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /** Whether it shows colours, see https://no-color.org. */
    boolean hasColours() {
        return isTerminal()
                && System.getenv().getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(System.getenv("TERM"));
    }

    /** Whether another program reads it, which may end before. */
    boolean isPipe() {
        return target().startsWith("pipe:") || target().startsWith("socket:");
    }

    /** What Linux says that it is, empty elsewhere. */
    private String target() {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException | UnsupportedOperationException e) {
            return "";
        }
    }
}
