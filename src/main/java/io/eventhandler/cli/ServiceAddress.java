package io.eventhandler.cli;

import io.eventhandler.client.EventClient;
import io.eventhandler.json.Excerpt;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a service is, and the credential for it. Immutable.
 *
 * @param url without a slash at its end
 * @param token an API key or JSON Web Token, null for none
 */
public record ServiceAddress(URI url, @Nullable String token) {

    /** The variable with the API key or JSON Web Token, where the service asks for one. */
    public static final String TOKEN = "EVENT_HANDLER_TOKEN";

    private static final Pattern ADDRESS = Pattern.compile("https?://(?:[\\w.-]+|\\[[0-9a-fA-F:.]+])(?::\\d{1,5})?/*");

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

    private static final Pattern PASSWORD = Pattern.compile("[^/@]*@");

    /**
     * @param token null for none
     * @throws CommandException when one of them is none
     */
    public static ServiceAddress of(String url, @Nullable String token) {
        if (!ADDRESS.matcher(url).matches()) {
            throw CommandException.misused("'%s' is not an address such as http://event-handler-service"
                    .formatted(Excerpt.of(PASSWORD.matcher(url).replaceAll("…@"))));
        }
        if (token != null && (token.isEmpty() || token.chars().anyMatch(c -> c <= ' ' || c >= 0x7f))) {
            throw CommandException.misused("the token must be printable ASCII without spaces");
        }
        return new ServiceAddress(URI.create(url.replaceAll("/+$", "")), token);
    }

    /** A client for it, to be built. */
    public EventClient.Builder client() {
        return EventClient.builder().url(url).token(() -> token);
    }

    /**
     * Looks whether anybody is there, where a client would wait until somebody is.
     *
     * @throws CommandException when nobody is
     */
    public void requireListener() {
        int port = url.getPort() >= 0 ? url.getPort() : url.getScheme().equals("https") ? 443 : 80;
        String host = url.getHost().replaceAll("[\\[\\]]", "");
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), CONNECT_TIMEOUT_MILLIS);
        } catch (IOException e) {
            String reason = e instanceof UnknownHostException ? "there is no host of this name" : e.getMessage();
            throw CommandException.failed("%s can't be reached: %s".formatted(url, reason), e);
        }
    }

    /** What to do when it refuses the credential, to be said behind that. */
    public String remedy() {
        return token == null ? ": it needs a credential, give --token or set " + TOKEN : "";
    }

    /** Without the token. */
    @Override
    public String toString() {
        return url.toString();
    }
}
