package io.eventhandler.access;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.util.Base64URL;
import io.eventhandler.json.Excerpt;
import io.eventhandler.lifecycle.Part;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Checks JSON Web Tokens (RFC 7519) as RFC 8725 demands: keys come from the settings alone, never from a token, and decide on
 * the algorithm; nothing that a token says counts before its signature is right. Thread-safe.
 */
public final class JwtVerifier implements Part {

    private static final int MAX_LENGTH = 8 << 10;
    private static final int MAX_KEY_ID = 256;

    /** A token that names no key is tried with so many at most. */
    private static final int MAX_TRIED = 10;

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*");

    /** Those of access tokens, and of issuers that don't say; others are made for something else (RFC 8725, section 3.11). */
    private static final Set<String> TYPES = Set.of("jwt", "at+jwt", "application/at+jwt");

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(50).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final JwtKeys keys;
    private final Set<JWSAlgorithm> algorithms;
    private final JwtClaims claims;

    public JwtVerifier(JwtOptions options) {
        this.keys = keys(options);
        this.algorithms = options.secret() == null ? JwtKey.OF_PUBLIC_KEYS : JwtKey.OF_SECRETS;
        this.claims = new JwtClaims(options.issuer(), options.audience());
    }

    private static JwtKeys keys(JwtOptions options) {
        if (options.jwksUrl() != null) {
            return new JwksKeys(options.jwksUrl(), JwksKeys.Times.DEFAULT);
        }
        if (options.publicKeyFile() != null) {
            return new PemKeys(options.publicKeyFile());
        }
        String secret = java.util.Objects.requireNonNull(options.secret(), "there is a key");
        return JwtKeys.of(JwtKey.of(secret.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void start() {
        keys.start();
    }

    @Override
    public void stop() {
        keys.stop();
    }

    /**
     * Whom this token stands for; may block.
     *
     * @throws InvalidTokenException when it is none
     * @throws io.eventhandler.web.ApiException 503 when that can't be told now
     */
    Principal verify(String token) throws InvalidTokenException {
        if (token.length() > MAX_LENGTH || !FORM.matcher(token).matches()) {
            throw new InvalidTokenException("the token is neither an API key nor a signed JSON Web Token");
        }
        String[] parts = token.split("\\.", -1);
        JsonNode header = json(parts[0], "header");
        String algorithm = algorithm(header);
        checkHeader(header);
        List<JwtKey> fitting = find(keyId(header)).stream()
                .filter(key -> key.takes(algorithm))
                .limit(MAX_TRIED)
                .toList();
        if (fitting.isEmpty()) {
            throw new InvalidTokenException("the token's alg is not one of its key");
        }
        byte[] signed = token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
        var signature = new Base64URL(parts[2]);
        if (fitting.stream().noneMatch(key -> key.verifies(algorithm, signed, signature))) {
            throw new InvalidTokenException("the token's signature is wrong");
        }
        return claims.read(json(parts[1], "payload"));
    }

    private List<JwtKey> find(@Nullable String keyId) throws InvalidTokenException {
        List<JwtKey> found = keys.find(keyId);
        if (found.isEmpty()) {
            throw InvalidTokenException.forNow(
                    keyId == null ? "there is no key for the token" : "there is no key with the token's kid");
        }
        return found;
    }

    private static JsonNode json(String base64url, String part) throws InvalidTokenException {
        try {
            JsonNode json = JSON.readTree(Base64.getUrlDecoder().decode(base64url));
            if (json.isObject()) {
                return json;
            }
        } catch (IllegalArgumentException | JacksonException e) {
            // Falls through: the message is the same.
        }
        throw new InvalidTokenException("the token's %s is not a JSON object in base64url".formatted(part));
    }

    private String algorithm(JsonNode header) throws InvalidTokenException {
        JsonNode value = header.get("alg");
        String name = value == null || !value.isString() ? "" : value.stringValue();
        if (algorithms.stream().noneMatch(one -> one.getName().equals(name))) {
            String accepted = algorithms.stream().map(JWSAlgorithm::getName).collect(Collectors.joining(", "));
            throw new InvalidTokenException(
                    "the token's alg '%s' is not accepted, but %s".formatted(Excerpt.of(name, 20), accepted));
        }
        return name;
    }

    private static void checkHeader(JsonNode header) throws InvalidTokenException {
        if (header.has("crit")) { // RFC 7515, section 4.1.11: none of these extensions is known
            throw new InvalidTokenException("the token's header has crit, and no extension is supported");
        }
        JsonNode type = header.get("typ");
        boolean isAccepted = type == null
                || (type.isString() && TYPES.contains(type.stringValue().toLowerCase(Locale.ROOT)));
        if (!isAccepted) {
            throw new InvalidTokenException("the token's typ is not one of an access token: JWT, at+jwt, or none");
        }
    }

    private static @Nullable String keyId(JsonNode header) throws InvalidTokenException {
        JsonNode value = header.get("kid");
        if (value == null) {
            return null;
        }
        if (!value.isString() || value.stringValue().length() > MAX_KEY_ID) {
            throw new InvalidTokenException(
                    "the token's kid is not a string of at most %d characters".formatted(MAX_KEY_ID));
        }
        return value.stringValue();
    }
}
