package io.eventhandler.web;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * What a request shows to say who sends it (RFC 6750, section 2): a token in {@code Authorization}, or where a browser can
 * set no header, in a subprotocol, or a ticket in the query. Immutable.
 *
 * @param kind of the text
 * @param text the secret, empty for none
 * @param token how the secret is known again
 * @param from where it comes from
 */
public record Credential(Kind kind, String text, Token token, ClientAddress from) {

    /** What a credential is. */
    public enum Kind {
        /** Nothing was shown. */
        NONE,
        /** An API key or a JSON Web Token. */
        TOKEN,
        /** What stands for a token once. */
        TICKET
    }

    /** Begins a subprotocol that carries a token; the token follows in base64url. */
    public static final String SUBPROTOCOL = "eventhandler.bearer.";

    private static final String SCHEME = "bearer ";
    private static final String TICKET = "ticket=";
    private static final List<String> TOKENS_IN_QUERY = List.of("access_token=", "token=", "api_key=");

    /** The longest token. */
    private static final int MAX_LENGTH = 8 << 10;

    private static final String ATTRIBUTE = Credential.class.getName();

    /** The longest header that a connection remembers. */
    private static final int MAX_REMEMBERED = 1 << 10;

    private static final Token NONE = Token.of("");

    /**
     * What the last request of a connection showed, and most likely the next one will: hashing it takes longer than comparing.
     *
     * @param header the value of {@code Authorization}
     */
    private record Shown(String header, Credential credential) {}

    /** A secret that was shown. */
    public Credential(Kind kind, String text, ClientAddress from) {
        this(kind, text, Token.of(text), from);
    }

    /**
     * What this request shows.
     *
     * @param isStream whether it is to open what browsers open, for which there are tickets
     * @throws ApiException 400 when it shows it twice, or a token in the query, 401 when it is malformed
     */
    static Credential of(Request request, boolean isStream) {
        ClientAddress from = ClientAddress.of(request);
        List<Credential> shown = new ArrayList<>(1);
        for (String value : request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION)) {
            shown.add(ofHeader(value, from, request.getConnectionMetaData()));
        }
        String offered = String.join(",", request.getHeaders().getValuesList(HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL));
        if (offered.contains(SUBPROTOCOL)) {
            for (String subprotocol : offered.split(",", -1)) {
                if (subprotocol.strip().startsWith(SUBPROTOCOL)) {
                    shown.add(token(decode(subprotocol.strip().substring(SUBPROTOCOL.length())), from));
                }
            }
        }
        String query = request.getHttpURI().getQuery();
        if (query != null) {
            readQuery(query, isStream, from, shown);
        }
        if (shown.size() > 1) {
            throw new ApiException(400, "a request shows one credential, this one shows " + shown.size());
        }
        return shown.isEmpty() ? new Credential(Kind.NONE, "", NONE, from) : shown.getFirst();
    }

    private static Credential ofHeader(String value, ClientAddress from, ConnectionMetaData connection) {
        if (connection.getAttribute(ATTRIBUTE) instanceof Shown last && last.header.equals(value)) {
            return last.credential.from.equals(from)
                    ? last.credential
                    : new Credential(Kind.TOKEN, last.credential.text, last.credential.token, from);
        }
        if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw unauthorized("Authorization must be 'Bearer <token>'");
        }
        Credential credential = token(value.substring(SCHEME.length()).strip(), from);
        if (value.length() <= MAX_REMEMBERED) {
            connection.setAttribute(ATTRIBUTE, new Shown(value, credential));
        }
        return credential;
    }

    private static void readQuery(String query, boolean isStream, ClientAddress from, List<Credential> shown) {
        for (String parameter : query.split("&", -1)) {
            String lower = parameter.toLowerCase(Locale.ROOT);
            if (parameter.startsWith(TICKET)) {
                if (!isStream) {
                    throw unauthorized("a ticket opens /ws or an event stream, nothing else");
                }
                shown.add(new Credential(Kind.TICKET, parameter.substring(TICKET.length()), from));
            } else if (TOKENS_IN_QUERY.stream().anyMatch(lower::startsWith)) {
                throw new ApiException(
                        400,
                        "a token is not taken from a query, which logs keep: send 'Authorization: Bearer <token>'");
            }
        }
    }

    private static Credential token(String text, ClientAddress from) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            throw unauthorized("a token has 1 to %d characters, this one has %d".formatted(MAX_LENGTH, text.length()));
        }
        return new Credential(Kind.TOKEN, text, from);
    }

    private static String decode(String base64url) {
        try {
            return new String(Base64.getUrlDecoder().decode(base64url), StandardCharsets.US_ASCII);
        } catch (IllegalArgumentException e) {
            throw unauthorized("the token in the subprotocol %s… must be base64url".formatted(SUBPROTOCOL));
        }
    }

    /** 401, with what RFC 6750, section 3, says of it. */
    public static ApiException unauthorized(String message) {
        return new ApiException(401, message).with(HttpHeader.WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
    }

    /** 401 for a request without a credential. */
    public static ApiException missing() {
        return new ApiException(401, "this needs a credential: send 'Authorization: Bearer <token>'")
                .with(HttpHeader.WWW_AUTHENTICATE, "Bearer");
    }

    /** 403, for a credential that is known. */
    public static ApiException forbidden(@Nullable String message) {
        return new ApiException(403, String.valueOf(message))
                .with(HttpHeader.WWW_AUTHENTICATE, "Bearer error=\"insufficient_scope\"");
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return kind + " of " + from.remote();
    }
}
