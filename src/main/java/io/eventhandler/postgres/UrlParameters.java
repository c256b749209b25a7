package io.eventhandler.postgres;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * The parameters of a connection URL in the names and values of pgjdbc: libpq's translated, pgjdbc's own as they are,
 * those of other drivers translated where they mean something here, else ignored with a remark. Anything else is a fault. Not
 * thread-safe.
 *
 * @see <a href="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS">libpq: parameters</a>
 */
final class UrlParameters {

    private static final Map<String, String> TARGETS = Map.of(
            "any", "any",
            "read-write", "primary",
            "primary", "primary",
            "read-only", "secondary",
            "standby", "secondary",
            "prefer-standby", "preferSecondary");

    /** What other drivers, pools and frameworks put into URLs, for their own use. */
    private static final Set<String> FOREIGN = Set.of(
            // Prisma, sqlx, node-postgres, Supabase, Vercel
            "connection_limit",
            "pool_timeout",
            "socket_timeout",
            "max",
            "min",
            "idle_timeout",
            "max_lifetime",
            "acquire_timeout",
            "query_timeout",
            "uselibpqcompat",
            "workaround",
            "supa",
            // SQLAlchemy, asyncpg, psycopg, Django
            "pool_size",
            "max_overflow",
            "pool_recycle",
            "pool_pre_ping",
            "command_timeout",
            "prepare_threshold",
            "async_fallback",
            "conn_max_age",
            "conn_health_checks",
            "disable_server_side_cursors",
            // Rails
            "pool",
            "timeout",
            "checkout_timeout",
            "reaping_frequency",
            "min_messages",
            "variables",
            "advisory_locks",
            // pgx, lib/pq
            "pool_max_conns",
            "pool_min_conns",
            "pool_max_conn_lifetime",
            "pool_max_conn_lifetime_jitter",
            "pool_max_conn_idle_time",
            "pool_health_check_period",
            "binary_parameters",
            "disable_prepared_binary_result");

    private static final Set<String> LIBPQ = Set.of(
            "host",
            "hostaddr",
            "port",
            "dbname",
            "user",
            "password",
            "passfile",
            "require_auth",
            "channel_binding",
            "connect_timeout",
            "client_encoding",
            "options",
            "application_name",
            "fallback_application_name",
            "keepalives",
            "keepalives_idle",
            "keepalives_interval",
            "keepalives_count",
            "tcp_user_timeout",
            "replication",
            "gssencmode",
            "sslmode",
            "requiressl",
            "sslnegotiation",
            "sslcompression",
            "sslcert",
            "sslkey",
            "sslpassword",
            "sslcertmode",
            "sslrootcert",
            "sslcrl",
            "sslcrldir",
            "sslsni",
            "requirepeer",
            "ssl_min_protocol_version",
            "ssl_max_protocol_version",
            "krbsrvname",
            "gsslib",
            "gssdelegation",
            "service",
            "target_session_attrs",
            "load_balance_hosts");

    private final Map<String, String> properties = new LinkedHashMap<>();
    private final List<String> remarks = new ArrayList<>();

    /** In pgjdbc's names. */
    Map<String, String> properties() {
        return properties;
    }

    /** What was ignored or works in part, and why: to be told when the service starts. */
    List<String> remarks() {
        return remarks;
    }

    /**
     * Takes a parameter.
     *
     * @throws IllegalArgumentException when it is not known, or can't be honoured and may not be ignored
     */
    void add(String name, String value) {
        switch (name) {
            case "user", "password", "host", "port", "dbname", "options", "sslcert", "sslkey", "sslpassword" ->
                properties.put(name, value);
            case "sslmode" ->
                put("sslmode", name, value, "disable", "allow", "prefer", "require", "verify-ca", "verify-full");
            case "ssl" -> ssl(name, value); // asyncpg's and pgjdbc's spelling
            case "requiressl" -> properties.putIfAbsent("sslmode", value.equals("1") ? "require" : "prefer");
            case "sslrootcert" -> {
                if (value.equals("system")) {
                    throw new IllegalArgumentException(
                            "sslrootcert must be the path of a PEM file, 'system' is not supported");
                }
                properties.put(name, value);
            }
            case "sslnegotiation", "sslNegotiation" -> {
                put("sslNegotiation", name, value, "postgres", "direct");
                remarkForListen(value.equals("direct"), name, "asks the server for TLS, as with 'postgres'");
            }
            case "channel_binding", "channelBinding" -> {
                put("channelBinding", name, value, "disable", "prefer", "require");
                remarkForListen(value.equals("require"), name, "logs in without it");
            }
            case "require_auth", "requireAuth" -> {
                properties.put("requireAuth", value);
                remarkForListen(true, name, "logs in as the server asks");
            }
            case "gssencmode", "gssEncMode" -> put("gssEncMode", name, value, "disable", "allow", "prefer", "require");
            case "krbsrvname" -> properties.put("kerberosServerName", value);
            case "connect_timeout" -> properties.put("connectTimeout", seconds(name, value));
            case "keepalives" ->
                properties.put("tcpKeepAlive", oneOf(name, value, "0", "1").equals("1") ? "true" : "false");
            case "target_session_attrs" -> {
                String accepted = oneOf(name, value, new TreeSet<>(TARGETS.keySet()).toArray(String[]::new));
                properties.put("targetServerType", TARGETS.getOrDefault(accepted, accepted));
            }
            case "load_balance_hosts" ->
                properties.put(
                        "loadBalanceHosts",
                        oneOf(name, value, "disable", "random").equals("random") ? "true" : "false");
            case "schema", "search_path", "schema_search_path" -> // Prisma's, pgx's and Rails'
                properties.put("currentSchema", value);
            case "application_name", "fallback_application_name", "ApplicationName" ->
                ignore(name, "the service names its connections itself");
            case "client_encoding", "encoding", "charset" -> ignore(name, "the drivers speak UTF-8");
            case "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "timezone", "TimeZone" ->
                ignore(name, "the service has timeouts and times of its own");
            case "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout" ->
                ignore(name, "the operating system's setting applies");
            case "sslcompression", "sslsni", "requirepeer", "gssdelegation", "sslkeylogfile" ->
                ignore(name, "the drivers know no such choice");
            case "min_protocol_version", "max_protocol_version" -> ignore(name, "the drivers speak version 3.0");
            case "ssl_min_protocol_version" -> {
                if (!Set.of("", "TLSv1", "TLSv1.1", "TLSv1.2").contains(value)) {
                    throw new IllegalArgumentException(
                            "ssl_min_protocol_version must be TLSv1.2, set jdk.tls.client.protocols for another");
                }
            }
            case "ssl_max_protocol_version" -> {
                if (!Set.of("", "TLSv1.3").contains(value)) {
                    throw new IllegalArgumentException(
                            "ssl_max_protocol_version must be TLSv1.3, set jdk.tls.client.protocols for another");
                }
            }
            case "sslcertmode" -> oneOf(name, value, "allow");
            case "replication" -> {
                if (!Set.of("false", "off", "no", "0").contains(value)) {
                    throw new IllegalArgumentException("replication must be false: it takes no other statements");
                }
            }
            case "pgbouncer",
                    "prepared_statements",
                    "statement_cache_size",
                    "prepared_statement_cache_size",
                    "statement-cache-capacity",
                    "statement_cache_capacity",
                    "default_query_exec_mode" -> preparing(name, value);
            case "sslaccept", "sslidentity" -> // Prisma's
                throw new IllegalArgumentException(
                        "the parameter '%s' is not known; write sslmode=verify-full, sslrootcert, sslcert and sslkey"
                                .formatted(name));
            case "hostaddr",
                    "service",
                    "servicefile",
                    "passfile",
                    "sslcrl",
                    "sslcrldir",
                    "PGHOST",
                    "PGPORT",
                    "PGDBNAME" ->
                throw new IllegalArgumentException(
                        "the parameter '%s' is not supported; accepted is %s".formatted(name, DatabaseUrl.ACCEPTED));
            default -> others(name, value);
        }
    }

    private void others(String name, String value) {
        if (PGProperty.forName(name) != null) {
            properties.put(name, value);
        } else if (FOREIGN.contains(name) || FOREIGN.contains(name.toLowerCase(Locale.ROOT))) {
            ignore(name, "it is another driver's");
        } else {
            String known = nearest(name);
            throw new IllegalArgumentException("the parameter '%s' is not known; %s"
                    .formatted(
                            name.length() > 60 ? name.substring(0, 60) + "…" : name,
                            known == null
                                    ? "a run-time parameter goes into options=-c%20name=value"
                                    : "did you mean '%s'?".formatted(known)));
        }
    }

    private void ssl(String name, String value) {
        String mode = switch (value) {
            case "true", "on", "1", "" -> "require";
            case "false", "off", "0" -> "disable";
            default -> value;
        };
        if (!properties.containsKey("sslmode")) {
            put("sslmode", name, mode, "disable", "allow", "prefer", "require", "verify-ca", "verify-full");
        }
    }

    /** Other drivers' ways to say that statements must have no name at the server, for a pooler. */
    private void preparing(String name, String value) {
        boolean isOff = switch (name) {
            case "pgbouncer" -> value.equals("true");
            case "prepared_statements" -> value.equals("false");
            case "default_query_exec_mode" -> Set.of("exec", "simple_protocol").contains(value);
            default -> value.equals("0");
        };
        if (isOff) {
            properties.put("prepareThreshold", "0");
        } else {
            ignore(name, "it is another driver's");
        }
    }

    private void put(String property, String name, String value, String... accepted) {
        properties.put(property, oneOf(name, value, accepted));
    }

    private static String oneOf(String name, String value, String... accepted) {
        if (!List.of(accepted).contains(value)) {
            throw new IllegalArgumentException(
                    "%s '%s' is not one of %s".formatted(name, value, String.join(", ", accepted)));
        }
        return value;
    }

    private static String seconds(String name, String value) {
        try {
            return String.valueOf(Math.max(0, Integer.parseInt(value.strip())));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("%s is not a number of seconds".formatted(name), e);
        }
    }

    private void ignore(String name, String reason) {
        remarks.add("'%s' is ignored: %s".formatted(name, reason));
    }

    private void remarkForListen(boolean matters, String name, String what) {
        if (matters) {
            remarks.add("'%s' is not for LISTEN, whose connection %s".formatted(name, what));
        }
    }

    /** The known parameter that differs from this by two letters at most, or by its separators; null for none. */
    private static @Nullable String nearest(String name) {
        String plain = plain(name);
        Stream<String> pgjdbc = Stream.of(PGProperty.values()).map(PGProperty::getName);
        return Stream.concat(LIBPQ.stream().sorted(), pgjdbc)
                .filter(known -> distance(plain, plain(known)) <= 2)
                .min(Comparator.comparingInt(known -> distance(plain, plain(known))))
                .orElse(null);
    }

    private static String plain(String name) {
        String shortened = name.length() > 60 ? name.substring(0, 60) : name;
        return shortened.replaceAll("[-_. ]", "").toLowerCase(Locale.ROOT);
    }

    /** Levenshtein's. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
