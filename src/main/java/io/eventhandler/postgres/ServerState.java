package io.eventhandler.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * What a PostgreSQL says of itself, to one role in one database. Immutable.
 *
 * @param version as it is written
 * @param versionNumber such as 180001
 * @param tls the connection's protocol, empty for none; to the pooler's other side when there is one
 * @param isStandby whether it follows another server
 * @param isReadOnly whether transactions take no writes unless they ask for it
 * @param encoding of the database
 * @param synchronousStandbyNames as set, empty for none
 * @param synchronousStandbys how many are connected, null when the role may not know
 * @param connections at most for this role in this database
 */
public record ServerState(
        String version,
        int versionNumber,
        String tls,
        boolean isStandby,
        boolean isReadOnly,
        String encoding,
        boolean fsync,
        boolean fullPageWrites,
        String synchronousCommit,
        String synchronousStandbyNames,
        @Nullable Integer synchronousStandbys,
        int connections) {

    private static final String QUERY = """
            SELECT current_setting('server_version') AS version,
                   current_setting('server_version_num')::int AS number,
                   coalesce((SELECT s.version FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()), '') AS tls,
                   pg_is_in_recovery() AS standby,
                   current_setting('transaction_read_only')::boolean AS read_only,
                   current_setting('server_encoding') AS encoding,
                   current_setting('fsync')::boolean AS fsync,
                   current_setting('full_page_writes')::boolean AS full_page_writes,
                   current_setting('synchronous_commit') AS synchronous_commit,
                   current_setting('synchronous_standby_names') AS standby_names,
                   CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN
                       (SELECT count(*)::int FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) END AS standbys,
                   least(
                       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                           - coalesce(current_setting('reserved_connections', true)::int, 0),
                       (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
                       (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)) AS connections""";

    /** Asks for all of it. */
    public static ServerState read(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(QUERY)) {
            row.next();
            return new ServerState(
                    row.getString("version"),
                    row.getInt("number"),
                    row.getString("tls"),
                    row.getBoolean("standby"),
                    row.getBoolean("read_only"),
                    row.getString("encoding"),
                    row.getBoolean("fsync"),
                    row.getBoolean("full_page_writes"),
                    row.getString("synchronous_commit"),
                    row.getString("standby_names").strip(),
                    row.getObject("standbys", Integer.class),
                    row.getInt("connections"));
        }
    }
}
