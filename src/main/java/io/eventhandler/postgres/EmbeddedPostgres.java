package io.eventhandler.postgres;

import io.eventhandler.lifecycle.Part;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL server as a child of this process, for those who have none yet: durable (fsync on), on 127.0.0.1
 * alone, with a generated password, its data kept in one directory across restarts and kills.
 *
 * <p>A directory that is in use, of another major version, not writable or not made by this class is refused and left
 * untouched. {@link #start} and {@link #stop} are for one thread.
 */
public final class EmbeddedPostgres implements Part {

    private static final String MAJOR_VERSION = "18";
    private static final String USER = "eventhandler";
    private static final String PASSWORD_FILE = "eventhandler.password";
    private static final int STOP_SECONDS = 60;

    private final Path data;
    private final int port;
    private @Nullable FileChannel lock;
    private @Nullable Process watchdog;
    private @Nullable String password;

    /**
     * @param data PostgreSQL's data directory; made when it doesn't exist or is empty
     */
    public EmbeddedPostgres(Path data) {
        this.data = data.toAbsolutePath().normalize();
        this.port = freePort();
    }

    @Override
    public void start() {
        PostgresBinaries.archive(); // where there is none, no directory is to blame
        try {
            lock = lock();
            checkDirectory();
            var unprivileged = Unprivileged.forThisProcess();
            Path bin = PostgresBinaries.unpackedBelow(unprivileged.cache()).resolve("bin");
            if (!Files.exists(passwordFile(data))) {
                initialise(unprivileged, bin);
            }
            unprivileged.own(data);
            password = Files.readString(passwordFile(data)).strip();
            launch(unprivileged, bin);
        } catch (IOException e) {
            throw new EmbeddedPostgresException("%s: %s".formatted(data, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedPostgresException("interrupted while PostgreSQL started", e);
        }
    }

    /** Its address, once it is started. */
    public DatabaseUrl url() {
        return new DatabaseUrl(
                List.of(new DatabaseUrl.Host("127.0.0.1", port)),
                "postgres",
                USER,
                password,
                Map.of("sslmode", "disable"));
    }

    /** Where the data is. */
    public Path data() {
        return data;
    }

    /** The file that holds the generated password. */
    public Path passwordFile() {
        return passwordFile(data);
    }

    private static Path passwordFile(Path directory) {
        return directory.resolve(PASSWORD_FILE);
    }

    private FileChannel lock() throws IOException {
        Path parent = data.getParent();
        if (parent == null) {
            throw new EmbeddedPostgresException("%s can't be a data directory.".formatted(data));
        }
        try {
            Files.createDirectories(parent);
        } catch (IOException e) {
            throw new EmbeddedPostgresException(
                    "The data directory %s can't be made: %s. Set DATA_DIR to a directory that is writable."
                            .formatted(data, e.getMessage()),
                    e);
        }
        Path file = parent.resolve(data.getFileName() + ".lock");
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new EmbeddedPostgresException(
                    "%s is not writable: %s. Set DATA_DIR to a directory that is.".formatted(parent, e.getMessage()),
                    e);
        }
        boolean held;
        try {
            held = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            held = false;
        }
        if (!held) {
            channel.close();
            throw new EmbeddedPostgresException(
                    "The data directory %s is in use by another Event Handler. Stop that one, or set DATA_DIR to another directory, or give both the same DATABASE_URL."
                            .formatted(data));
        }
        return channel;
    }

    private void checkDirectory() throws IOException {
        if (!Files.exists(data)) {
            return;
        }
        if (!Files.isDirectory(data) || !Files.isWritable(data)) {
            throw new EmbeddedPostgresException(
                    "%s is not a directory that is writable. Set DATA_DIR to one.".formatted(data));
        }
        Path versionFile = data.resolve("PG_VERSION");
        if (Files.exists(versionFile)) {
            String version = Files.readString(versionFile).strip();
            if (!version.equals(MAJOR_VERSION)) {
                throw new EmbeddedPostgresException(
                        "The data directory %s is of PostgreSQL %s, this is PostgreSQL %s. Upgrade it with pg_upgrade, or set DATA_DIR to another directory."
                                .formatted(data, version, MAJOR_VERSION));
            }
        }
        if (!Files.exists(passwordFile()) && !isEmpty(data)) {
            throw new EmbeddedPostgresException(
                    "The directory %s is not empty and was not made by Event Handler. Set DATA_DIR to another directory."
                            .formatted(data));
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    /** Makes the cluster beside its place and moves it there when it is whole, so that a kill leaves nothing half made. */
    private void initialise(Unprivileged unprivileged, Path bin) throws IOException, InterruptedException {
        Path fresh = data.resolveSibling(data.getFileName() + ".new");
        FileUtils.deleteDirectory(fresh.toFile());
        Files.createDirectory(
                fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        unprivileged.own(fresh);
        Path secret = data.resolveSibling(data.getFileName() + ".password");
        Files.deleteIfExists(secret);
        Files.createFile(secret, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(secret, HexFormat.of().formatHex(randomBytes(24)) + "\n");
        unprivileged.own(secret);

        var initdb = List.of(
                bin.resolve("initdb").toString(),
                "--pgdata=" + fresh,
                "--username=" + USER,
                "--pwfile=" + secret,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C");
        Process process = new ProcessBuilder(unprivileged.command(initdb))
                .redirectErrorStream(true)
                .redirectInput(Redirect.from(new java.io.File("/dev/null")))
                .start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new EmbeddedPostgresException("PostgreSQL's initdb failed: " + output.strip());
        }
        Files.move(secret, passwordFile(fresh));
        Files.deleteIfExists(data);
        Files.move(fresh, data);
    }

    private void launch(Unprivileged unprivileged, Path bin) throws IOException, InterruptedException {
        String pgCtl = bin.resolve("pg_ctl").toString();
        if (run(unprivileged.command(List.of(pgCtl, "--pgdata=" + data, "status"))) == 0) {
            // A service that was killed leaves its server running for a moment; we hold the lock, so it is nobody
            // else's.
            run(unprivileged.command(stopCommand(pgCtl)));
        }
        Path startLog = data.resolve("start.log");
        Files.deleteIfExists(startLog);
        var options = new ArrayList<String>();
        settings().forEach((name, value) -> options.add("-c " + name + "=" + value));
        var start = List.of(
                pgCtl,
                "--pgdata=" + data,
                "--log=" + startLog,
                "--options=" + String.join(" ", options),
                "--wait",
                "--timeout=120",
                "start");
        if (runOrStop(unprivileged.command(start), unprivileged.command(stopCommand(pgCtl))) != 0) {
            String reason = Files.exists(startLog) ? Files.readString(startLog).strip() : "no log was written";
            throw new EmbeddedPostgresException("PostgreSQL did not start in %s: %s".formatted(data, reason));
        }
        var stop = new ArrayList<>(List.of("sh", "-c", "trap '' HUP INT TERM; cat; exec \"$@\"", "watchdog"));
        stop.addAll(unprivileged.command(stopCommand(pgCtl)));
        watchdog = new ProcessBuilder(stop)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
    }

    /** Runs the command that starts the server; an interrupt stops the server, however far it has got. */
    private static int runOrStop(List<String> start, List<String> stop) throws IOException, InterruptedException {
        Process starting = process(start);
        try {
            return starting.waitFor();
        } catch (InterruptedException e) {
            do {
                run(stop);
            } while (!starting.waitFor(50, TimeUnit.MILLISECONDS));
            run(stop);
            throw e;
        }
    }

    private List<String> stopCommand(String pgCtl) {
        return List.of(pgCtl, "--pgdata=" + data, "--mode=fast", "--wait", "--timeout=" + STOP_SECONDS, "stop");
    }

    private Map<String, String> settings() {
        return Map.ofEntries(
                Map.entry("port", String.valueOf(port)),
                Map.entry("listen_addresses", "127.0.0.1"),
                Map.entry("unix_socket_directories", ""),
                Map.entry("fsync", "on"),
                Map.entry("synchronous_commit", "on"),
                Map.entry("full_page_writes", "on"),
                Map.entry("max_connections", "200"),
                Map.entry("shared_buffers", "128MB"),
                Map.entry("max_wal_size", "1GB"),
                Map.entry("logging_collector", "on"),
                Map.entry("log_filename", "postgresql-%a.log"),
                Map.entry("log_truncate_on_rotation", "on"),
                Map.entry("log_rotation_age", "1d"),
                Map.entry("log_rotation_size", "0"));
    }

    private static int run(List<String> command) throws IOException, InterruptedException {
        return process(command).waitFor();
    }

    private static Process process(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectInput(Redirect.from(new java.io.File("/dev/null")))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
    }

    private static byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the kernel does for a process that was killed: its lock is gone, its server still runs. For tests. */
    void abandon() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }

    @Override
    public void stop() {
        try {
            if (watchdog != null) {
                watchdog.getOutputStream().close();
                watchdog.waitFor(STOP_SECONDS + 5L, TimeUnit.SECONDS);
                watchdog = null;
            }
            if (lock != null) {
                lock.close();
                lock = null;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
