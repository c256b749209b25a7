package io.eventhandler.app;

import io.eventhandler.postgres.ServerState;
import java.time.Duration;

/** What of a PostgreSQL server, apart from the log in it, suits replicas and what doesn't. For one thread. */
final class ServerFindings {

    private static final int OLDEST_VERSION = 140_000;
    private static final int WANTED_REPLICAS = 2; // an update starts one before another goes

    /** Beyond it what is stored with times, such as the history between two, surprises. */
    private static final Duration CLOCK_WARNING = Duration.ofSeconds(1);

    /** What the ends of JSON Web Tokens may be off, and the log's own tolerance: more means that a clock is wrong. */
    private static final Duration CLOCK_LIMIT = Duration.ofMinutes(1);

    private static final String FEWER =
            "raise max_connections, or the role's or database's CONNECTION LIMIT, or lower DATABASE_POOL_SIZE, HISTORY_POOL_SIZE and LOG_POOL_SIZE";

    private final ServerState state;
    private final Findings findings;

    ServerFindings(ServerState state, Findings findings) {
        this.state = state;
        this.findings = findings;
    }

    void version() {
        String version = "PostgreSQL " + state.version();
        if (state.versionNumber() < OLDEST_VERSION) {
            findings.fail("version", version, "14 is the oldest that will do");
        } else {
            findings.ok("version", version);
        }
    }

    void primary() {
        if (state.isStandby()) {
            findings.fail(
                    "primary",
                    "this server is a standby and takes no events",
                    "name the primary in DATABASE_URL, or all servers and ?target_session_attrs=primary");
        } else if (state.isReadOnly()) {
            findings.fail(
                    "primary",
                    "default_transaction_read_only is on, so that nothing can be stored",
                    "ALTER ROLE … RESET default_transaction_read_only, or ALTER DATABASE …, or in postgresql.conf");
        } else {
            findings.ok("primary", "it takes writes");
        }
    }

    void encoding() {
        if (state.encoding().equals("UTF8")) {
            findings.ok("encoding", "UTF8");
        } else {
            findings.fail(
                    "encoding",
                    state.encoding() + " can't hold every event",
                    "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name that in DATABASE_URL");
        }
    }

    /** Whether an event that was acknowledged stays. */
    void durability() {
        if (state.fsync()) {
            findings.ok("fsync", "on");
        } else {
            findings.fail(
                    "fsync",
                    "off: when the server's machine fails, acknowledged events and the whole database may be lost",
                    "set it on in postgresql.conf");
        }
        if (state.fullPageWrites()) {
            findings.ok("full_page_writes", "on");
        } else {
            findings.warn(
                    "full_page_writes",
                    "off: when the server's machine fails, acknowledged events may be lost",
                    "set it on in postgresql.conf, unless the file system writes whole pages or none, as ZFS does");
        }
        switch (state.synchronousCommit()) {
            case "off" ->
                findings.warn(
                        "synchronous_commit",
                        "off: when the server fails, events that were acknowledged just before are lost",
                        "set it on, in postgresql.conf or wherever this role or database has it off");
            case "local" ->
                findings.warn(
                        "synchronous_commit",
                        "local: it waits for no standby, and a failover may lose acknowledged events",
                        "set it on, in postgresql.conf or wherever this role or database has it local");
            default -> findings.ok("synchronous_commit", state.synchronousCommit());
        }
        standbys();
    }

    private void standbys() {
        String names = state.synchronousStandbyNames();
        Integer connected = state.synchronousStandbys();
        if (names.isEmpty()) {
            findings.warn(
                    "standbys",
                    "none is synchronous: a failover may lose acknowledged events",
                    "if there are standbys, set synchronous_standby_names (a service that mirrors the disk, such as RDS Multi-AZ, needs none)");
        } else if (connected == null) {
            findings.ok("standbys", "'%s' are synchronous; which are connected, only pg_monitor sees".formatted(names));
        } else if (connected == 0) {
            findings.fail(
                    "standbys",
                    "none of '%s' is connected: every commit waits".formatted(names),
                    "start one, or correct synchronous_standby_names");
        } else {
            findings.ok("standbys", "synchronous of '%s' are %d".formatted(names, connected));
        }
    }

    /**
     * @param perReplica that a replica opens at most
     * @param pooled whether a pooler opens them
     */
    void connections(int perReplica, boolean pooled) {
        int replicas = state.connections() / perReplica;
        String finding = "%d for this role, and %d for each replica at most".formatted(state.connections(), perReplica);
        if (pooled) {
            findings.ok(
                    "connections",
                    "%d for each replica at most, which the pooler must accept (max_client_conn)"
                            .formatted(perReplica));
        } else if (replicas < 1) {
            findings.fail("connections", finding, FEWER);
        } else if (replicas < WANTED_REPLICAS) {
            findings.warn(
                    "connections", finding + ", which are enough for one, and none beside it during an update", FEWER);
        } else {
            findings.ok(
                    "connections",
                    "%s: enough for %d, if nobody else needs any; updates start one more than you run"
                            .formatted(finding, replicas));
        }
    }

    /**
     * @param ahead by how much the server's clock is ahead of this machine's
     * @param uncertainty how far that may be wrong
     */
    void clock(Duration ahead, Duration uncertainty) {
        String finding = "the server's is %d ms %s this machine's, give or take %d"
                .formatted(
                        ahead.abs().toMillis(), ahead.isNegative() ? "behind" : "ahead of", uncertainty.toMillis() + 1);
        String remedy =
                "synchronise both (NTP): created_at and RETENTION go by the server's, the ends of tokens and API keys by this machine's";
        Duration certain = ahead.abs().minus(uncertainty);
        if (certain.compareTo(CLOCK_LIMIT) > 0) {
            findings.fail("clock", finding, remedy);
        } else if (certain.compareTo(CLOCK_WARNING) > 0) {
            findings.warn("clock", finding, remedy);
        } else {
            findings.ok("clock", finding);
        }
    }
}
