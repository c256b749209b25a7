package io.eventhandler.access;

import io.eventhandler.service.SettingsReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which JSON Web Tokens are taken: those of this issuer, for this audience, signed with a key from one of three places.
 *
 * @param jwksUrl of a JSON Web Key Set
 * @param publicKeyFile in PEM
 * @param secret that the issuer shares
 */
public record JwtOptions(
        @Nullable URI jwksUrl,
        @Nullable Path publicKeyFile,
        @Nullable String secret,
        String issuer,
        String audience) {

    private static final int MIN_SECRET_BYTES = 32; // RFC 7518, section 3.2
    private static final String KEYS = "JWT_JWKS_URL, JWT_PUBLIC_KEY_FILE, JWT_SECRET";

    /** Reads {@code JWT_…}; null when no such tokens are taken. */
    static @Nullable JwtOptions read(SettingsReader in) {
        var jwksUrl = in.optional(
                "JWT_JWKS_URL", "none", "where the issuer of JSON Web Tokens shows its keys", JwtOptions::url);
        var file = in.optional(
                "JWT_PUBLIC_KEY_FILE",
                "none",
                "PEM file with the issuer's public key, or its next one too; read again when it changes",
                JwtOptions::file);
        var secret = in.optional(
                "JWT_SECRET",
                "none",
                "secret that the issuer signs with (HS256), %d bytes at least".formatted(MIN_SECRET_BYTES),
                JwtOptions::secret);
        var issuer = in.optional("JWT_ISSUER", "none", "the claim iss of tokens that are taken", value -> value);
        var audience = in.optional("JWT_AUDIENCE", "none", "what their claim aud must name", value -> value);
        checkTogether(in);
        boolean hasKey = jwksUrl != null || file != null || secret != null;
        return issuer == null || audience == null || !hasKey
                ? null
                : new JwtOptions(jwksUrl, file, secret, issuer, audience);
    }

    private static void checkTogether(SettingsReader in) {
        Set<String> set = in.startingWith("JWT_").keySet();
        List<String> keys =
                List.of(KEYS.split(", ")).stream().filter(set::contains).toList();
        if (keys.size() > 1) {
            in.contradiction(keys.getFirst(), "only one may be set of " + KEYS);
        }
        for (String name : List.of("JWT_ISSUER", "JWT_AUDIENCE")) {
            if (keys.isEmpty() && set.contains(name)) {
                in.contradiction(name, "needs one of " + KEYS);
            } else if (!keys.isEmpty() && !set.contains(name)) {
                in.contradiction(name, "must be set with " + keys.getFirst());
            }
        }
    }

    private static URI url(String value) {
        try {
            URI url = URI.create(value);
            boolean isHttp = "https".equals(url.getScheme()) || "http".equals(url.getScheme());
            if (isHttp && url.getHost() != null && url.getUserInfo() == null) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            // Falls through: the message is the same, and does not repeat what may hold a secret.
        }
        throw new IllegalArgumentException("must be a URL such as https://issuer.example.com/.well-known/jwks.json");
    }

    private static Path file(String value) {
        return SettingsReader.path(value, "must be a path");
    }

    /** Says what is wrong with the file; ask the reader's {@code check} afterwards. */
    void checkServing(SettingsReader in) {
        try {
            if (publicKeyFile != null) {
                new PemKeys(publicKeyFile);
            }
        } catch (IllegalArgumentException e) {
            in.contradiction("JWT_PUBLIC_KEY_FILE", String.valueOf(e.getMessage()));
        }
    }

    private static String secret(String value) {
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < MIN_SECRET_BYTES) {
            throw new IllegalArgumentException(
                    "must have %d bytes at least, this one has %d".formatted(MIN_SECRET_BYTES, bytes));
        }
        return value;
    }

    /** Without secrets. */
    @Override
    public String toString() {
        return "JwtOptions[issuer=%s, audience=%s]".formatted(issuer, audience);
    }
}
