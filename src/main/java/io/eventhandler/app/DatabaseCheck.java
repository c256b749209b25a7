package io.eventhandler.app;

import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.Pooler;
import io.eventhandler.postgres.ServerState;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.wakeup.ListenProbe;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a database as replicas need it and says what it finds, a line each. It changes nothing there. For one thread.
 */
final class DatabaseCheck {

    private static final String APPLICATION = "eventhandler-check";
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration LISTEN_TIMEOUT = Duration.ofSeconds(5);
    private static final int CONNECTIONS = 3; // one looks, Flyway takes two
    private static final String REJECTED = "08004"; // by the driver: no TLS, or no password to give
    private static final String NO_DATABASE = "3D000";
    private static final int CLOCK_ROUNDS = 3;

    private final Settings settings;
    private final DatabaseUrl url;
    private final @Nullable DatabaseUrl listenUrl;
    private final InstantSource clock;
    private final Findings findings;

    DatabaseCheck(Settings settings, DatabaseUrl url, InstantSource clock, PrintStream out) {
        this.settings = settings;
        this.url = url;
        this.listenUrl = settings.database().listenUrl();
        this.clock = clock;
        this.findings = new Findings(out);
    }

    /** Returns the exit status: 0, or 1 when something is wrong. */
    int run() throws InterruptedException {
        settings();
        findings.ok("address", address(url) + (listenUrl == null ? "" : "; to listen " + address(listenUrl)));
        if (connects()) {
            var database = new Database(url, APPLICATION, CONNECTIONS, CONNECT_TIMEOUT, STATEMENT_TIMEOUT);
            try (Connection connection = database.pool().getConnection()) {
                look(database, connection);
            } catch (SQLException | RuntimeException e) {
                findings.fail("connection", message(e), "try again; PostgreSQL's log may say more");
            } finally {
                database.stop();
            }
        }
        return findings.failed() ? 1 : 0;
    }

    private void settings() {
        findings.ok("settings", "all are right");
        url.remarks().forEach(remark -> remark("DATABASE_URL", remark));
        if (listenUrl != null) {
            listenUrl.remarks().forEach(remark -> remark("DATABASE_LISTEN_URL", remark));
        }
    }

    private void remark(String setting, String remark) {
        findings.warn("settings", setting, remark);
    }

    private static String address(DatabaseUrl url) {
        return url + ", sslmode=" + url.parameters().getOrDefault("sslmode", "prefer");
    }

    private boolean connects() {
        try {
            Database.reach(url, APPLICATION, CONNECT_TIMEOUT);
            return true;
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            String remedy;
            if (state.startsWith("28") || state.equals(REJECTED)) {
                remedy = "correct the user, the password or sslmode in DATABASE_URL, or the server's pg_hba.conf";
            } else if (state.equals(NO_DATABASE)) {
                remedy = "CREATE DATABASE it, or correct DATABASE_URL";
            } else if (state.startsWith("08")) {
                remedy = "start PostgreSQL there, let this machine through, or correct DATABASE_URL";
            } else {
                remedy = "see to it, or correct DATABASE_URL";
            }
            findings.fail("connection", message(e), remedy);
            return false;
        }
    }

    private void look(Database database, Connection connection) throws SQLException, InterruptedException {
        ServerState state = ServerState.read(connection);
        boolean pooled = database.isPooled();
        findings.ok(
                "connection",
                pooled
                        ? "it answers, through a pooler"
                        : "it answers, " + (state.tls().isEmpty() ? "without TLS" : "over " + state.tls()));
        var server = new ServerFindings(state, findings);
        server.version();
        server.primary();
        pooler(database);
        try {
            new LogFindings(settings, url, findings).look(database);
        } catch (RuntimeException e) {
            findings.fail(
                    "schema",
                    DatabaseStart.rootMessage(e),
                    "put that right: the log must be as its migrations made it");
        }
        if (!state.isStandby()) {
            listen(connection);
        }
        server.encoding();
        server.durability();
        server.connections(Replica.connections(settings), pooled);
        clock(connection, server);
    }

    private void pooler(Database database) {
        String remedy = database.remedy();
        if (!database.isPooled()) {
            findings.ok("pooler", "none is between");
        } else if (remedy == null) {
            findings.ok("pooler", "one is between: replicas give no statement a name there and set nothing");
        } else {
            findings.fail("pooler", "one is between", remedy);
        }
    }

    private void listen(Connection sender) throws InterruptedException {
        DatabaseUrl target = listenUrl == null ? url : listenUrl;
        String polling =
                "replicas poll every " + SettingsReader.text(settings.wakeUp().pollInterval());
        String remedy = "set DATABASE_LISTEN_URL to a direct connection to the database of DATABASE_URL";
        try {
            if (Pooler.sharesSessions(target)) {
                findings.fail(
                        "listen",
                        "nobody can LISTEN through a transaction pooler, %s: %s".formatted(target, polling),
                        remedy);
            } else if (ListenProbe.arrives(target, APPLICATION, sender, LISTEN_TIMEOUT)) {
                findings.ok("listen", "a notification arrived over " + target);
            } else {
                findings.fail(
                        "listen",
                        "no notification arrived within %s over %s: %s"
                                .formatted(SettingsReader.text(LISTEN_TIMEOUT), target, polling),
                        remedy);
            }
        } catch (SQLException | RuntimeException e) {
            findings.fail("listen", "%s: %s".formatted(target, message(e)), remedy);
        }
    }

    /** The quickest of a few answers tells the most. */
    private void clock(Connection connection, ServerFindings server) throws SQLException {
        Duration ahead = Duration.ZERO;
        Duration quickest = Duration.ofDays(1);
        try (Statement statement = connection.createStatement()) {
            for (int round = 0; round < CLOCK_ROUNDS; round++) {
                Instant before = clock.instant();
                long startNanos = System.nanoTime();
                try (ResultSet row =
                        statement.executeQuery("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")) {
                    Duration took = Duration.ofNanos(System.nanoTime() - startNanos);
                    row.next();
                    if (took.compareTo(quickest) < 0) {
                        quickest = took;
                        Instant there = Instant.EPOCH.plus(row.getLong(1), ChronoUnit.MICROS);
                        ahead = Duration.between(before.plus(took.dividedBy(2)), there);
                    }
                }
            }
        }
        server.clock(ahead, quickest.dividedBy(2));
    }

    /** What the driver says, and why, if that says more. */
    private static String message(Exception e) {
        String message = String.valueOf(e.getMessage()).replaceAll("[.\\s]+$", "");
        String root = DatabaseStart.rootMessage(e).replaceAll("[.\\s]+$", "");
        return message.contains(root) ? message : message + ": " + root;
    }
}
