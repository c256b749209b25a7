package io.eventhandler.postgres;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

    /** What {@link #parse} accepts, for error messages. */
    public static final String ACCEPTED = "postgresql://user:password@host:5432/database?sslmode=require"
            + " (also postgres://, postgresql+driver:// and jdbc:postgresql://, several hosts separated by commas)";

    private static final Pattern URL =
            Pattern.compile("(?:jdbc:)?(?:postgres|postgresql|pgsql)(?:\\+\\w+)?://([^/?]*)(?:/([^?]*))?(?:\\?(.*))?");
    private static final Pattern OPTION = Pattern.compile("(?:-c\\s*|--)([\\w.]+)=((?:\\\\.|\\S)*)");
    private static final String ENCODE =
            "write / as %2F, ? as %3F, # as %23, @ as %40 and % as %25 in the user name and the password";

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

    /**
     * Reads an address, and looks at the files for TLS that it names.
     *
     * @throws IllegalArgumentException saying what is wrong without showing a password
     */
    public static DatabaseUrl usable(String url) {
        DatabaseUrl parsed = parse(url);
        for (String name : List.of("sslrootcert", "sslcert", "sslkey")) {
            String file = parsed.parameters.get(name);
            if (file != null && !Files.isReadable(Path.of(file))) {
                throw new IllegalArgumentException("%s: '%s' can't be read".formatted(name, file));
            }
        }
        ClientKey key = parsed.clientKey();
        if (key != null) {
            key.check();
        }
        return parsed;
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
        // What follows the authority is the password's rest when somebody wrote one as it is.
        String rest = url.strip().substring(matcher.end(1)).replaceAll("(?<=[?&])(user|password)=[^&]*", "");
        if (matcher.group(2) != null && matcher.group(2).contains("@")) {
            throw new IllegalArgumentException("an '@' follows a '/': " + ENCODE);
        }
        try {
            return parse(matcher.group(1), matcher.group(2), matcher.group(3));
        } catch (IllegalArgumentException e) {
            if (rest.contains("@")) {
                throw new IllegalArgumentException("an '@' follows a '/' or '?': " + ENCODE, e);
            }
            throw e;
        }
    }

    private static DatabaseUrl parse(String authority, @Nullable String path, @Nullable String query) {
        int at = authority.lastIndexOf('@');
        String login = at < 0 ? "" : authority.substring(0, at);
        int colon = login.indexOf(':');
        var read = parameters(query);
        Map<String, String> parameters = read.properties();

        String user = decode(colon < 0 ? login : login.substring(0, colon));
        String password = colon < 0 ? null : decode(login.substring(colon + 1));
        String queryUser = parameters.remove("user");
        String queryPassword = parameters.remove("password");
        String queryDatabase = parameters.remove("dbname");
        user = queryUser == null ? user : queryUser;
        user = user.isEmpty() ? System.getProperty("user.name", "postgres") : user;

        String database = queryDatabase == null ? decode(path == null ? "" : path) : queryDatabase;
        List<Host> hosts = hosts(authority.substring(at + 1), parameters.remove("host"), parameters.remove("port"));
        if (hosts.size() > 1) {
            parameters.putIfAbsent("targetServerType", "primary");
        }
        return new DatabaseUrl(
                hosts,
                database.isEmpty() ? user : database,
                user,
                queryPassword == null ? password : queryPassword,
                Map.copyOf(parameters),
                List.copyOf(read.remarks()));
    }

    /** From the authority, or from libpq's parameters of these names. */
    private static List<Host> hosts(String authority, @Nullable String names, @Nullable String ports) {
        String[] parts = (names == null ? authority : names).split(",", -1);
        String[] separate = ports == null ? new String[0] : ports.split(",", -1);
        if (separate.length > 1 && separate.length != parts.length) {
            throw new IllegalArgumentException("the parameter 'port' needs one port, or as many as there are hosts");
        }
        List<Host> hosts = new ArrayList<>();
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i];
            int colon = part.lastIndexOf(':');
            boolean hasPort = colon > part.lastIndexOf(']') && (names == null || part.indexOf(':') == colon);
            String name = hasPort ? part.substring(0, colon) : part;
            String port = hasPort ? part.substring(colon + 1) : "";
            if (separate.length > 0) {
                port = separate[separate.length == 1 ? 0 : i];
            }
            if (name.startsWith("/") || name.startsWith("%2F") || name.startsWith("%2f")) {
                throw new IllegalArgumentException(
                        "Unix-domain sockets are not supported; accepted is a host name or address");
            }
            hosts.add(new Host(name.isEmpty() ? "localhost" : name, port(port)));
        }
        return List.copyOf(hosts);
    }

    /** What is no port may be a password's beginning, so it isn't shown. */
    private static int port(String text) {
        try {
            int number = text.isEmpty() ? 5432 : Integer.parseInt(text);
            if (number >= 1 && number <= 65_535) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Like a number out of range.
        }
        throw new IllegalArgumentException(
                "what follows the host's ':' is not a port from 1 to 65535; accepted is " + ACCEPTED);
    }

    private static UrlParameters parameters(@Nullable String query) {
        var parameters = new UrlParameters();
        if (query != null && !query.isEmpty()) {
            for (String pair : query.split("&", -1)) {
                int equals = pair.indexOf('=');
                parameters.add(
                        decode(equals < 0 ? pair : pair.substring(0, equals)),
                        equals < 0 ? "" : decode(pair.substring(equals + 1)));
            }
        }
        return parameters;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("broken percent-encoding; " + ENCODE);
        }
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
