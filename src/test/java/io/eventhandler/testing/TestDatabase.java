package io.eventhandler.testing;

import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.EmbeddedPostgres;
import io.eventhandler.postgres.Schema;
import io.eventhandler.postgres.UrlParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.io.FileUtils;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** A fresh, empty database on a PostgreSQL that all tests share: Testcontainers where Docker answers, embedded elsewhere. */
public final class TestDatabase {

    static {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(30)); // a busy machine takes its time
    }

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static @Nullable DatabaseUrl server;

    private final DatabaseUrl url;
    private @Nullable DatabaseRoles roles;

    private TestDatabase(DatabaseUrl url) {
        this.url = url;
    }

    /** Makes a database of its own. */
    public static TestDatabase create() {
        DatabaseUrl shared = server();
        String name = "test_%d_%d".formatted(ProcessHandle.current().pid(), COUNT.incrementAndGet());
        new TestDatabase(shared).execute("CREATE DATABASE " + name);
        return new TestDatabase(
                new DatabaseUrl(shared.hosts(), name, shared.user(), shared.password(), shared.parameters()));
    }

    /** The database that this URL leads to. */
    public static TestDatabase at(DatabaseUrl url) {
        return new TestDatabase(url);
    }

    private static synchronized DatabaseUrl server() {
        if (server == null) {
            server = dockerAnswers() ? container() : embedded();
        }
        return server;
    }

    private static boolean dockerAnswers() {
        try {
            return DockerClientFactory.instance().isDockerAvailable();
        } catch (RuntimeException e) {
            return false;
        }
    }

    @SuppressWarnings("resource") // Testcontainers removes it when the process ends
    private static DatabaseUrl container() {
        var container =
                new PostgreSQLContainer("postgres:18-alpine").withCommand("postgres", "-c", "max_connections=300");
        container.start();
        System.out.println("Tests run on PostgreSQL in Docker: " + container.getDockerImageName());
        return UrlParser.parse("postgresql://%s:%s@%s:%d/%s"
                .formatted(
                        container.getUsername(),
                        container.getPassword(),
                        container.getHost(),
                        container.getMappedPort(5432),
                        container.getDatabaseName()));
    }

    private static DatabaseUrl embedded() {
        try {
            Path directory = Files.createTempDirectory("event-handler-test-");
            var postgres = new EmbeddedPostgres(directory.resolve("postgres"));
            postgres.start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                stopAtOnce(postgres.data());
                postgres.stop();
                FileUtils.deleteQuietly(directory.toFile());
            }));
            System.out.println("Tests run on an embedded PostgreSQL: Docker does not answer");
            return postgres.url();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Without writing out what the tests left in memory: the directory is deleted next. */
    private static void stopAtOnce(Path data) {
        try {
            String pid = Files.readAllLines(data.resolve("postmaster.pid")).getFirst();
            new ProcessBuilder("kill", "-QUIT", pid).start().waitFor();
        } catch (IOException | InterruptedException e) {
            // It has ended already.
        }
    }

    /** Its address. */
    public DatabaseUrl url() {
        return url;
    }

    /** Its address as people write it, password included. */
    public String urlText() {
        return urlText(url);
    }

    /** An address as people write it, password included. */
    public static String urlText(DatabaseUrl url) {
        return "postgresql://%s:%s@%s/%s?sslmode=disable"
                .formatted(url.user(), url.password(), url.hosts().getFirst(), url.database());
    }

    /** With a role of its own that runs the service, which is made when this is called first. */
    synchronized DatabaseRoles withRunningRole() {
        if (roles == null) {
            roles = DatabaseRoles.ownedByItsMaker(this);
        }
        return roles;
    }

    /** Brings the schema up to date. */
    void migrate() {
        var pool = new Database(url, "test", 3, Duration.ofSeconds(5), Duration.ofSeconds(10));
        try {
            new Schema(pool).migrate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            pool.stop();
        }
    }

    /** Opens a connection that the caller closes. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url.jdbcUrl(), url.jdbcProperties());
    }

    /** Executes statements, each for itself. */
    public void execute(String... statements) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column of the rows, as text. */
    public List<String> query(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(String.valueOf(rows.getString(1)));
            }
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column of the one row, as a number. */
    public long queryLong(String sql) {
        return Long.parseLong(query(sql).getFirst());
    }
}
