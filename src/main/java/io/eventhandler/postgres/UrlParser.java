package io.eventhandler.postgres;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Takes a connection URL apart. Its messages show nothing of a password, wherever that was taken to begin and end. */
public final class UrlParser {

    private static final Pattern URL =
            Pattern.compile("(?:jdbc:)?(?:postgres|postgresql|pgsql)(?:\\+\\w+)?://([^/?]*)(?:/([^?]*))?(?:\\?(.*))?");
    private static final Pattern SCHEME =
            Pattern.compile("(?:jdbc:)?[a-z][a-z0-9+.-]{0,29}"); // anything else may be a password
    private static final String ENCODE =
            "write / as %2F, ? as %3F, # as %23, @ as %40 and % as %25 in the user name and the password";

    private UrlParser() {}

    /**
     * @throws IllegalArgumentException saying what is wrong without showing a password
     */
    public static DatabaseUrl parse(String url) {
        Matcher matcher = URL.matcher(url.strip());
        if (!matcher.matches()) {
            int scheme = url.indexOf("://");
            String shown =
                    scheme < 0 || !SCHEME.matcher(url.substring(0, scheme)).matches()
                            ? ""
                            : url.substring(0, scheme + 3);
            throw new IllegalArgumentException(
                    "'%s…' is not a PostgreSQL URL; accepted is %s".formatted(shown, DatabaseUrl.ACCEPTED));
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

    /**
     * The same, and looks at the files for TLS that it names.
     *
     * @throws IllegalArgumentException saying what is wrong without showing a password
     */
    public static DatabaseUrl parseUsable(String url) {
        DatabaseUrl parsed = parse(url);
        for (String name : List.of("sslrootcert", "sslcert", "sslkey")) {
            String file = parsed.parameters().get(name);
            if (file != null && !isReadable(file)) {
                throw new IllegalArgumentException("%s: '%s' can't be read".formatted(name, file));
            }
        }
        ClientKey key = parsed.clientKey();
        if (key != null) {
            key.check();
        }
        return parsed;
    }

    private static boolean isReadable(String file) {
        try {
            return Files.isReadable(Path.of(file));
        } catch (InvalidPathException e) {
            return false;
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
        List<DatabaseUrl.Host> hosts =
                hosts(authority.substring(at + 1), parameters.remove("host"), parameters.remove("port"));
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
    private static List<DatabaseUrl.Host> hosts(String authority, @Nullable String names, @Nullable String ports) {
        String[] parts = (names == null ? authority : names).split(",", -1);
        String[] separate = ports == null ? new String[0] : ports.split(",", -1);
        if (separate.length > 1 && separate.length != parts.length) {
            throw new IllegalArgumentException("the parameter 'port' needs one port, or as many as there are hosts");
        }
        List<DatabaseUrl.Host> hosts = new ArrayList<>();
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
            hosts.add(new DatabaseUrl.Host(name.isEmpty() ? "localhost" : name, port(port)));
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
                "what follows the host's ':' is not a port from 1 to 65535; accepted is " + DatabaseUrl.ACCEPTED);
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
}
