package io.eventhandler.access;

import static io.eventhandler.testing.TestIssuer.AUDIENCE;
import static io.eventhandler.testing.TestIssuer.ISSUER;
import static io.eventhandler.testing.TestIssuer.pem;
import static io.eventhandler.testing.TestIssuer.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.service.Environment;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestIssuer;
import io.eventhandler.testing.TestReplica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys of JSON Web Tokens in a file, as a secret, and at an address that does not answer; and their settings. */
class JwtKeysTest {

    private static final String ALL = "[{\"actions\":[\"publish\",\"subscribe\"],\"event_names\":[\">\"]}]";
    private static final String SECRET = "a-secret-of-32-bytes-0123456789-";

    @TempDir
    private Path directory;

    private static TestReplica start(String name, String value) {
        return TestReplica.start(
                TestDatabase.create(),
                "MAX_REFUSALS",
                "0",
                "AUTH",
                "required",
                name,
                value,
                "JWT_ISSUER",
                ISSUER,
                "JWT_AUDIENCE",
                AUDIENCE);
    }

    private static int publish(TestReplica replica, String token) {
        return replica.as(token).publish("a", "1").status();
    }

    private static String claims() {
        return TestIssuer.claims(ALL, ",\"jti\":%d".formatted(System.nanoTime()));
    }

    @Test
    void theFileIsReadAgainWhenItChanges() throws IOException {
        KeyPair first = TestIssuer.key("RSA");
        KeyPair second = TestIssuer.key("Ed25519");
        Path file = directory.resolve("key.pem");
        Files.writeString(file, "The issuer's\n" + pem(first.getPublic()));
        try (TestReplica replica = start("JWT_PUBLIC_KEY_FILE", file.toString())) {
            assertThat(publish(replica, token("RS256", first.getPrivate(), ",\"kid\":\"any\"", claims())))
                    .isEqualTo(200);
            assertThat(publish(replica, token("EdDSA", second.getPrivate(), "", claims())))
                    .isEqualTo(401);
            Files.writeString(file, pem(first.getPublic()) + pem(second.getPublic()));
            await().until(() -> publish(replica, token("EdDSA", second.getPrivate(), "", claims())) == 200);
            assertThat(publish(replica, token("RS256", first.getPrivate(), "", claims())))
                    .isEqualTo(200);
            Files.writeString(file, pem(second.getPublic()));
            await().until(() -> publish(replica, token("RS256", first.getPrivate(), "", claims())) == 401);
            Files.writeString(file, "half a file");
            Path next = directory.resolve("next.pem");
            Files.writeString(next, pem(first.getPublic()));
            assertThat(publish(replica, token("EdDSA", second.getPrivate(), "", claims())))
                    .isEqualTo(200);
            Files.delete(file);
            assertThat(publish(replica, token("EdDSA", second.getPrivate(), "", claims())))
                    .isEqualTo(200);
            Files.createSymbolicLink(file, next); // as Kubernetes replaces the files of a Secret
            await().until(() -> publish(replica, token("RS256", first.getPrivate(), "", claims())) == 200);
        }
    }

    @Test
    void aSecretSignsByItsOwnAlgorithmAlone() {
        try (TestReplica replica = start("JWT_SECRET", SECRET)) {
            assertThat(publish(replica, token(SECRET, claims()))).isEqualTo(200);
            assertThat(publish(replica, token(SECRET + "x", claims()))).isEqualTo(401);
            assertThat(replica.as(token("RS256", TestIssuer.key("RSA").getPrivate(), "", claims()))
                            .publish("a", "1")
                            .message())
                    .isEqualTo("the token's alg 'RS256' is not accepted, but HS256");
        }
    }

    @Test
    void whatCantBeToldNowIsNoRefusal() {
        KeyPair key = TestIssuer.key("P-256");
        try (var issuer = new TestIssuer()) {
            issuer.answer(exchange -> TestIssuer.send(exchange, 500, ""));
            try (TestReplica replica = start("JWT_JWKS_URL", issuer.url().toString())) {
                String token = token("ES256", key.getPrivate(), ",\"kid\":\"k\"", claims());
                TestReplica.Answer answer = replica.as(token).publish("a", "1");
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.message()).isEqualTo("the keys of tokens can't be fetched now, try again");
                assertThat(answer.header("Retry-After")).isEqualTo("1");
                issuer.show(TestIssuer.jwk("k", key.getPublic(), ""));
                await().until(() -> publish(replica, token) == 200);
            }
        }
    }

    private static String faults(String... settings) {
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            variables.put(settings[i], settings[i + 1]);
        }
        var reader = new SettingsReader(Environment.of(variables));
        assertThat(JwtOptions.read(reader)).isNull();
        try {
            reader.check();
            return "";
        } catch (io.eventhandler.service.InvalidSettingsException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Test
    void settingsThatContradictEachOtherAreReported() {
        assertThat(faults()).isEmpty();
        assertThat(faults("JWT_ISSUER", "i"))
                .isEqualTo("JWT_ISSUER: needs one of JWT_JWKS_URL, JWT_PUBLIC_KEY_FILE, JWT_SECRET");
        assertThat(faults("JWT_SECRET", SECRET))
                .isEqualTo("JWT_ISSUER: must be set with JWT_SECRET\nJWT_AUDIENCE: must be set with JWT_SECRET");
        assertThat(faults("JWT_SECRET", "short", "JWT_JWKS_URL", "me:password@host", "JWT_ISSUER", "i"))
                .isEqualTo("""
                        JWT_JWKS_URL: must be a URL such as https://issuer.example.com/.well-known/jwks.json
                        JWT_SECRET: must have 32 bytes at least, this one has 5
                        JWT_JWKS_URL: only one may be set of JWT_JWKS_URL, JWT_PUBLIC_KEY_FILE, JWT_SECRET
                        JWT_AUDIENCE: must be set with JWT_JWKS_URL""");
    }

    @Test
    void aFileWithoutAPublicKeyIsReported() throws IOException {
        Path file = directory.resolve("key.pem");
        assertThatThrownBy(() -> new PemKeys(file)).hasMessage("'%s' can't be read".formatted(file));
        Map<String, String> faults = Map.of(
                "",
                "must have 1 to 10 public keys in PEM",
                "x".repeat(70_000),
                "has more than 65536 bytes",
                pem(TestIssuer.key("P-256").getPublic()).repeat(11),
                "must have 1 to 10 public keys in PEM",
                pem(TestIssuer.key("P-521").getPublic()),
                "curves P-256 or P-384",
                "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
                "this one is none",
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
                "but has a PRIVATE KEY: openssl");
        for (Map.Entry<String, String> fault : faults.entrySet()) {
            Files.writeString(file, fault.getKey());
            assertThatThrownBy(() -> new PemKeys(file)).hasMessageContaining(fault.getValue());
        }
    }
}
