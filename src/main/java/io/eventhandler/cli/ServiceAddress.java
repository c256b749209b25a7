package io.eventhandler.cli;

import io.eventhandler.json.Excerpt;
import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a service is, and the credential for it. Immutable.
 *
 * @param url without a slash at its end
 * @param token an API key or JSON Web Token, null for none
 */
public record ServiceAddress(URI url, @Nullable String token) {

    private static final Pattern ADDRESS = Pattern.compile("https?://(?:[\\w.-]+|\\[[0-9a-fA-F:.]+])(?::\\d{1,5})?/*");

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

    /** Without the token. */
    @Override
    public String toString() {
        return url.toString();
    }
}
