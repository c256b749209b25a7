package io.eventhandler.testing;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A program beside the JDK that some tests need, see {@link Needs}. */
public enum Tool {
    CHROMIUM(
            "Chromium or Chrome",
            "chromium",
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "Google Chrome")),
    CURL("curl", "curl", List.of("curl")),
    HAPROXY("HAProxy", "haproxy", List.of("haproxy")),
    NODE(
            "Node.js 20 or newer",
            "nodejs",
            List.of("node"),
            "--experimental-websocket", // by itself from 22 on
            "-e",
            "process.exit(typeof WebSocket === 'function' ? 0 : 1)"),
    OPENSSL("OpenSSL", "openssl", List.of("openssl")),
    PGBOUNCER("PgBouncer", "pgbouncer", List.of("pgbouncer")),
    PYTHON(
            "Python 3 with httpx and websockets",
            "python3-httpx python3-websockets",
            List.of("python3"),
            "-c",
            "import httpx, websockets"),
    SCRIPT("script of util-linux", "bsdutils", List.of("script"), "--version");

    private final String title;
    private final String packages;
    private final Optional<Path> path;

    Tool(String title, String packages, List<String> names, String... probe) {
        this.title = title;
        this.packages = packages;
        this.path = find(names, probe);
    }

    private static Optional<Path> find(List<String> names, String... probe) {
        String searched = "/usr/bin:/usr/sbin:/usr/local/sbin:/Applications/Google Chrome.app/Contents/MacOS:"
                + System.getenv().getOrDefault("PATH", "");
        return Stream.of(searched.split(":", -1))
                .flatMap(directory -> names.stream().map(name -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .filter(candidate -> probe.length == 0 || succeeds(candidate, probe))
                .findFirst();
    }

    private static boolean succeeds(Path program, String... arguments) {
        try {
            return new ProcessBuilder(Stream.concat(Stream.of(program.toString()), Stream.of(arguments))
                                    .toList())
                            .redirectErrorStream(true)
                            .redirectOutput(Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether this machine has it. */
    public boolean isPresent() {
        return path.isPresent();
    }

    /** Where it is. */
    public Path path() {
        return path.orElseThrow(() -> new IllegalStateException(howToGetIt()));
    }

    /** What is missing, and how to get it. */
    public String howToGetIt() {
        return "needs %s: on Debian 'apt-get install %s', or run .ci/run, which installs all that is missing"
                .formatted(title, packages);
    }
}
