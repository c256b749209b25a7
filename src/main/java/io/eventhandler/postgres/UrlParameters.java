package io.eventhandler.postgres;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
        } else if (ParameterNames.isForeign(name)) {
            ignore(name, "it is another driver's");
        } else {
            String known = ParameterNames.nearest(name);
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
}
