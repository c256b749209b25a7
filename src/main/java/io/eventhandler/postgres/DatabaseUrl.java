package io.eventhandler.postgres;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a PostgreSQL database is and how to log in, read from any form of URL that people paste: libpq's
 * {@code postgresql://} and {@code postgres://}, SQLAlchemy's {@code postgresql+driver://}, and
 * {@code jdbc:postgresql://}. Immutable; {@link #toString} never shows a password.
 *
 * @param hosts at least one, in order of preference
 * @param user empty for the operating system's user, as libpq does
 * @param password null for none
 * @param parameters the query's parameters but for user and password, as pgjdbc knows them
 * @param remarks on parameters that are ignored, or not for both drivers
 * @see <a href="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS">libpq: connection
 *     URIs</a>
 */
public record DatabaseUrl(
        List<Host> hosts,
        String database,
        String user,
        @Nullable String password,
        Map<String, String> parameters,
        List<String> remarks) {

    /** What is accepted, for error messages. */
    static final String ACCEPTED = "postgresql://user:password@host:5432/database?sslmode=require"
            + " (also postgres://, postgresql+driver:// and jdbc:postgresql://, several hosts separated by commas)";

    private static final Pattern OPTION = Pattern.compile("(?:-c\\s*|--)([\\w.]+)=((?:\\\\.|\\S)*+)");

    /** One server. An IPv6 address stands in brackets. */
    public record Host(String name, int port) {
        @Override
        public String toString() {
            return name + ":" + port;
        }
    }

    /** Without remarks. */
    public DatabaseUrl(
            List<Host> hosts, String database, String user, @Nullable String password, Map<String, String> parameters) {
        this(hosts, database, user, password, parameters, List.of());
    }

    /** For {@code org.postgresql}: tries the hosts in order and takes the first that is as wanted, a primary by default. */
    public String jdbcUrl() {
        return "jdbc:postgresql://"
                + String.join(",", hosts.stream().map(Host::toString).toList()) + "/" + encode(database);
    }

    /** The properties that go with {@link #jdbcUrl}. */
    public Properties jdbcProperties() {
        var properties = new Properties();
        properties.putAll(parameters);
        properties.setProperty("user", user);
        if (password != null) {
            properties.setProperty("password", password);
        }
        ClientKey key = clientKey();
        if (key != null && key.isPem()) {
            properties.putIfAbsent("pemKeyAlgorithm", key.algorithm());
        }
        properties.putIfAbsent("tcpKeepAlive", "true");
        return properties;
    }

    /** Whether only a server that takes writes will do, of several hosts. */
    public boolean needsPrimary() {
        return parameters.getOrDefault("targetServerType", "any").equals("primary");
    }

    /** The client's key for TLS, null when there is none. */
    public @Nullable ClientKey clientKey() {
        String file = parameters.get("sslkey");
        return file == null ? null : new ClientKey(Path.of(file));
    }

    /** For {@code com.impossibl.pgjdbc-ng}: one of {@link #hosts}. */
    public String listenUrl(Host host) {
        return "jdbc:pgsql://" + host + "/" + encode(database);
    }

    /** The properties that go with {@link #listenUrl}. */
    public Properties listenProperties() {
        var properties = new Properties();
        properties.setProperty("user", user);
        if (password != null) {
            properties.setProperty("password", password);
        }
        properties.setProperty("ssl.mode", parameters.getOrDefault("sslmode", "prefer"));
        copy("sslrootcert", properties, "ssl.ca.certificate.file");
        copy("sslcert", properties, "ssl.certificate.file");
        copy("sslkey", properties, "ssl.key.file");
        copy("sslpassword", properties, "ssl.key.password");
        return properties;
    }

    private void copy(String parameter, Properties to, String property) {
        String value = parameters.get(parameter);
        if (value != null) {
            to.setProperty(property, value);
        }
    }

    /** The run-time parameters of a LISTEN session: what {@code options=-c name=value} and {@code currentSchema} ask for, and that it may be idle. */
    public Map<String, String> sessionSettings() {
        Map<String, String> settings = new LinkedHashMap<>(Map.of("idle_session_timeout", "0"));
        Matcher option = OPTION.matcher(parameters.getOrDefault("options", ""));
        while (option.find()) {
            settings.put(option.group(1), option.group(2).replaceAll("\\\\(.)", "$1"));
        }
        String schema = parameters.get("currentSchema");
        if (schema != null) {
            settings.put("search_path", schema);
        }
        return settings;
    }

    private static String encode(String text) {
        return java.net.URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public String toString() {
        return "postgresql://" + user + "@"
                + String.join(",", hosts.stream().map(Host::toString).toList()) + "/" + database;
    }
}
