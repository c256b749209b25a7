package io.eventhandler.postgres;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
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
 * @param parameters the query's parameters but for user and password, in libpq's names where it has them
 * @see <a href="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS">libpq: connection
 *     URIs</a>
 */
public record DatabaseUrl(
        List<Host> hosts,
        String database,
        String user,
        @Nullable String password,
        Map<String, String> parameters) {

    /** What {@link #parse} accepts, for error messages. */
    public static final String ACCEPTED = "postgresql://user:password@host:5432/database?sslmode=require"
            + " (also postgres://, postgresql+driver:// and jdbc:postgresql://, several hosts separated by commas)";

    private static final Pattern URL =
            Pattern.compile("(?:jdbc:)?(?:postgres|postgresql|pgsql)(?:\\+\\w+)?://([^/?]*)(?:/([^?]*))?(?:\\?(.*))?");
    private static final Pattern OPTION = Pattern.compile("(?:-c\\s*|--)([\\w.]+)=((?:\\\\.|\\S)*)");
    private static final Set<String> SSL_MODES =
            Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

    /** One server. An IPv6 address stands in brackets. */
    public record Host(String name, int port) {
        @Override
        public String toString() {
            return name + ":" + port;
        }
    }

    /**
     * @throws IllegalArgumentException saying what is wrong without showing a password
     */
    public static DatabaseUrl parse(String url) {
        Matcher matcher = URL.matcher(url.strip());
        if (!matcher.matches()) {
            int scheme = url.indexOf("://");
            String shown = scheme < 0 ? "" : url.substring(0, scheme + 3);
            throw new IllegalArgumentException(
                    "'%s…' is not a PostgreSQL URL; accepted is %s".formatted(shown, ACCEPTED));
        }
        String authority = matcher.group(1);
        int at = authority.lastIndexOf('@');
        String login = at < 0 ? "" : authority.substring(0, at);
        int colon = login.indexOf(':');
        Map<String, String> parameters = parameters(matcher.group(3));

        String user = decode(colon < 0 ? login : login.substring(0, colon));
        String password = colon < 0 ? null : decode(login.substring(colon + 1));
        String queryUser = parameters.remove("user");
        String queryPassword = parameters.remove("password");
        user = queryUser == null ? user : queryUser;
        user = user.isEmpty() ? System.getProperty("user.name", "postgres") : user;

        String database = matcher.group(2) == null ? "" : decode(matcher.group(2));
        return new DatabaseUrl(
                hosts(authority.substring(at + 1)),
                database.isEmpty() ? user : database,
                user,
                queryPassword == null ? password : queryPassword,
                Map.copyOf(parameters));
    }

    private static List<Host> hosts(String text) {
        List<Host> hosts = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            int colon = part.lastIndexOf(':');
            boolean hasPort = colon > part.lastIndexOf(']');
            String name = hasPort ? part.substring(0, colon) : part;
            String port = hasPort ? part.substring(colon + 1) : "";
            if (name.contains("%2F") || name.contains("%2f")) {
                throw new IllegalArgumentException(
                        "Unix-domain sockets are not supported; accepted is a host name or address");
            }
            try {
                int number = port.isEmpty() ? 5432 : Integer.parseInt(port);
                if (number < 1 || number > 65_535) {
                    throw new NumberFormatException();
                }
                hosts.add(new Host(name.isEmpty() ? "localhost" : name, number));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "'%s' is not a port from 1 to 65535; accepted is %s".formatted(port, ACCEPTED), e);
            }
        }
        return List.copyOf(hosts);
    }

    private static Map<String, String> parameters(@Nullable String query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (query == null || query.isEmpty()) {
            return parameters;
        }
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            switch (name) {
                case "host", "port", "hostaddr", "dbname", "service" ->
                    throw new IllegalArgumentException(
                            "the parameter '%s' is not supported; accepted is %s".formatted(name, ACCEPTED));
                case "ssl" -> parameters.putIfAbsent("sslmode", sslModeOf(value)); // asyncpg's and pgjdbc's spelling
                default -> parameters.put(name, value);
            }
        }
        String mode = parameters.get("sslmode");
        if (mode != null && !SSL_MODES.contains(mode)) {
            throw new IllegalArgumentException(
                    "sslmode '%s' is not one of disable, allow, prefer, require, verify-ca, verify-full"
                            .formatted(mode));
        }
        if ("system".equals(parameters.get("sslrootcert"))) {
            throw new IllegalArgumentException("sslrootcert must be the path of a PEM file, 'system' is not supported");
        }
        return parameters;
    }

    private static String sslModeOf(String value) {
        return switch (value) {
            case "true", "on", "1", "" -> "require";
            case "false", "off", "0" -> "disable";
            default -> value;
        };
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "broken percent-encoding; write % as %25 and @ as %40 in a user name or password", e);
        }
    }

    /** For {@code org.postgresql}: tries the hosts in order and takes the first primary. */
    public String jdbcUrl() {
        return "jdbc:postgresql://"
                + String.join(",", hosts.stream().map(Host::toString).toList()) + "/" + encode(database);
    }

    /** The properties that go with {@link #jdbcUrl}. */
    public Properties jdbcProperties() {
        var properties = new Properties();
        parameters.forEach((name, value) -> properties.setProperty(jdbcName(name), value));
        properties.setProperty("user", user);
        if (password != null) {
            properties.setProperty("password", password);
        }
        if (hosts.size() > 1) {
            properties.putIfAbsent("targetServerType", "primary");
        }
        properties.putIfAbsent("tcpKeepAlive", "true");
        return properties;
    }

    private static String jdbcName(String name) {
        return switch (name) {
            case "application_name" -> "ApplicationName";
            case "connect_timeout" -> "connectTimeout";
            case "target_session_attrs" -> "targetServerType";
            case "channel_binding" -> "channelBinding";
            case "gssencmode" -> "gssEncMode";
            default -> name;
        };
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

    /** The run-time parameters that {@code options=-c name=value} and {@code currentSchema} ask for. */
    public Map<String, String> sessionSettings() {
        Map<String, String> settings = new LinkedHashMap<>();
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
