package io.eventhandler.testing;

import static org.awaitility.Awaitility.await;

import io.eventhandler.postgres.DatabaseUrl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.FileUtils;

/** A PgBouncer in front of a database. */
public final class PgBouncer implements AutoCloseable {

    private final Path directory;
    private final Process process;
    private final String url;

    /**
     * @param mode transaction or session
     * @param size connections to PostgreSQL at most
     */
    public PgBouncer(TestDatabase database, String mode, int size) {
        DatabaseUrl target = database.url();
        try {
            int port = freePort();
            directory = Files.createTempDirectory("pgbouncer-");
            Path configuration = directory.resolve("pgbouncer.ini");
            Files.writeString(configuration, """
                            [databases]
                            * = host=%s port=%d user=%s password=%s
                            [pgbouncer]
                            listen_addr = 127.0.0.1
                            listen_port = %d
                            unix_socket_dir =
                            auth_type = any
                            pool_mode = %s
                            default_pool_size = %d
                            ignore_startup_parameters = extra_float_digits
                            """.formatted(
                            target.hosts().getFirst().name(),
                            target.hosts().getFirst().port(),
                            target.user(),
                            target.password(),
                            port,
                            mode,
                            size));
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            List<String> command = new ArrayList<>(List.of(Tool.PGBOUNCER.path().toString()));
            if ("root".equals(System.getProperty("user.name"))) {
                command.addAll(List.of("-u", "nobody")); // it refuses to be root
            }
            command.add(configuration.toString());
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            url = "postgresql://%s@127.0.0.1:%d/%s?sslmode=disable".formatted(target.user(), port, target.database());
            await().until(() -> accepts(port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean accepts(int port) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** The way to the database through it. */
    public String url() {
        return url;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        FileUtils.deleteQuietly(directory.toFile());
    }
}
