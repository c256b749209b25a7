package io.eventhandler.postgres;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How to run PostgreSQL's programs, which refuse to run as root: as they are for an ordinary user; for root in a user
 * namespace of their own, or as {@code nobody} where namespaces are not allowed (a default Docker container).
 */
final class Unprivileged {

    private static final int NOBODY = 65_534;

    private final List<String> prefix;

    private Unprivileged(List<String> prefix) {
        this.prefix = prefix;
    }

    static Unprivileged forThisProcess() throws IOException, InterruptedException {
        if (new UnixSystem().getUid() != 0) {
            return new Unprivileged(List.of());
        }
        if (succeeds("unshare", "-U", "true")) {
            return new Unprivileged(List.of("unshare", "-U"));
        }
        // The capability opens what is in root's closed directories.
        String id = String.valueOf(NOBODY);
        return new Unprivileged(List.of(
                "setpriv",
                "--reuid",
                id,
                "--regid",
                id,
                "--clear-groups",
                "--inh-caps",
                "+dac_override",
                "--ambient-caps",
                "+dac_override"));
    }

    /** The command as the unprivileged user runs it. */
    List<String> command(List<String> command) {
        List<String> whole = new ArrayList<>(prefix);
        whole.addAll(command);
        return whole;
    }

    /** Where this user can execute the unpacked programs. */
    Path cache() {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        if (changesUser()) {
            return temporary.resolve("event-handler-nobody");
        }
        String configured = System.getenv("XDG_CACHE_HOME");
        Path home = configured != null && !configured.isBlank()
                ? Path.of(configured)
                : Path.of(System.getProperty("user.home", "/nonexistent"), ".cache");
        try {
            return Files.createDirectories(home.resolve("event-handler"));
        } catch (IOException e) {
            return temporary.resolve("event-handler-" + System.getProperty("user.name"));
        }
    }

    private boolean changesUser() {
        return prefix.contains("setpriv");
    }

    /** Makes the unprivileged user the owner of a directory tree. */
    void own(Path directory) throws IOException {
        if (changesUser()) {
            try (Stream<Path> tree = Files.walk(directory)) {
                for (Path path : tree.toList()) {
                    Files.setAttribute(path, "unix:uid", NOBODY);
                }
            }
        }
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectOutput(Redirect.DISCARD)
                            .redirectError(Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
