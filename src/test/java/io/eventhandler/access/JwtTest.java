package io.eventhandler.access;

import static io.eventhandler.testing.TestIssuer.AUDIENCE;
import static io.eventhandler.testing.TestIssuer.ISSUER;
import static io.eventhandler.testing.TestIssuer.claims;
import static io.eventhandler.testing.TestIssuer.jwk;
import static io.eventhandler.testing.TestIssuer.token;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.RawHttp;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestIssuer;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.TestSubscriber;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON Web Tokens of an issuer that shows its keys: which are taken, which are not, and what they open until when. */
class JwtTest {

    private static final String ALL = "[{\"actions\":[\"publish\",\"subscribe\"],\"event_names\":[\">\"]}]";
    private static final KeyPair RSA = TestIssuer.key("RSA");
    private static final KeyPair STRANGER = TestIssuer.key("RSA");
    private static final Map<String, KeyPair> KEYS = Map.of(
            "RSA", RSA,
            "P-256", TestIssuer.key("P-256"),
            "P-384", TestIssuer.key("P-384"),
            "Ed25519", TestIssuer.key("Ed25519"));

    private static TestIssuer issuer;
    private static TestReplica replica;

    @BeforeAll
    static void start() {
        issuer = new TestIssuer(shown().toArray(String[]::new));
        replica = TestReplica.start(
                TestDatabase.create(),
                "MAX_REFUSALS",
                "0",
                "AUTH",
                "required",
                "JWT_JWKS_URL",
                issuer.url().toString(),
                "JWT_ISSUER",
                ISSUER,
                "JWT_AUDIENCE",
                AUDIENCE);
    }

    @AfterAll
    static void stop() {
        replica.close();
        issuer.close();
    }

    private static Stream<String> shown() {
        return KEYS.entrySet().stream()
                .map(key -> jwk(key.getKey(), key.getValue().getPublic(), ",\"use\":\"sig\""));
    }

    private static PrivateKey privateKey(String kind) {
        return Objects.requireNonNull(KEYS.get(kind)).getPrivate();
    }

    private static String rs256(String claims) {
        return token("RS256", RSA.getPrivate(), ",\"kid\":\"RSA\"", claims);
    }

    private static Answer publish(String token) {
        return replica.as(token).publish("order.created", "1");
    }

    @ParameterizedTest
    @CsvSource({
        "RS256,RSA",
        "RS384,RSA",
        "RS512,RSA",
        "PS256,RSA",
        "ES256,P-256",
        "ES384,P-384",
        "EdDSA,Ed25519",
        "Ed25519,Ed25519"
    })
    void everyAlgorithmIsTakenAndNoWrongSignatureOfIt(String algorithm, String key) {
        String claims = claims(ALL, "");
        PrivateKey own = privateKey(key);
        String named = token(algorithm, own, ",\"kid\":\"%s\"".formatted(key), claims);
        assertThat(publish(named).status()).isEqualTo(200);
        String nameless = token(algorithm, own, ",\"typ\":\"at+jwt\"", claims);
        assertThat(publish(nameless).status()).isEqualTo(200);

        String other = token(algorithm, TestIssuer.key(key).getPrivate(), ",\"kid\":\"%s\"".formatted(key), claims);
        assertThat(publish(other).message()).isEqualTo("the token's signature is wrong");
        String changed = named.replaceFirst(
                "\\..*\\.",
                "."
                        + Base64.getUrlEncoder()
                                .withoutPadding()
                                .encodeToString(claims(ALL, ",\"a\":1").getBytes(UTF_8))
                        + ".");
        assertThat(publish(changed).message()).isEqualTo("the token's signature is wrong");
        assertThat(publish(named.substring(0, named.lastIndexOf('.') + 1)).status())
                .isEqualTo(401);
    }

    /** What is wrong, and what the answer says. */
    private static Map<String, String> invalid() {
        Map<String, String> invalid = new LinkedHashMap<>();
        String claims = claims(ALL, "");
        String kid = ",\"kid\":\"RSA\"";
        for (String none : new String[] {"none", "None", "", "HS256", "HS512", "RSA1_5", "ES512", "PS512"}) {
            invalid.put(
                    token("none", RSA.getPrivate(), kid, claims)
                            .replaceFirst(
                                    "[^.]*",
                                    Base64.getUrlEncoder()
                                            .withoutPadding()
                                            .encodeToString("{\"alg\":\"%s\"%s}"
                                                    .formatted(none, kid)
                                                    .getBytes(UTF_8))),
                    "the token's alg '%s' is not accepted".formatted(none));
        }
        for (byte[] secret : new byte[][] {
            RSA.getPublic().getEncoded(),
            TestIssuer.pem(RSA.getPublic()).getBytes(UTF_8),
            TestIssuer.pem(RSA.getPublic()).strip().getBytes(UTF_8)
        }) {
            var confused = new SecretKeySpec(secret, "HmacSHA256");
            invalid.put(token("HS256", confused, kid, claims), "the token's alg 'HS256' is not accepted");
        }
        invalid.put(token("EdDSA", privateKey("Ed25519"), kid, claims), "the token's alg is not one of its key");
        String own = jwk("own", STRANGER.getPublic(), "");
        invalid.put(token("RS256", STRANGER.getPrivate(), kid + ",\"jwk\":" + own, claims), "signature is wrong");
        invalid.put(
                token("RS256", STRANGER.getPrivate(), ",\"jku\":\"%s\"".formatted(issuer.url()), claims),
                "signature is wrong");
        invalid.put(token("RS256", RSA.getPrivate(), kid + ",\"crit\":[\"b64\"],\"b64\":false", claims), "has crit");
        invalid.put(token("RS256", RSA.getPrivate(), kid + ",\"typ\":\"logout+jwt\"", claims), "typ is not one");
        invalid.put(token("RS256", RSA.getPrivate(), kid + ",\"alg\":\"none\"", claims), "header is not a JSON object");
        invalid.put(token("RS256", RSA.getPrivate(), kid + "," + "[".repeat(900), claims), "header is not a JSON");
        invalid.put(rs256("[" + claims + "]"), "the token's payload is not a JSON object");
        invalid.put(rs256("{\"a\":".repeat(900)), "the token's payload is not a JSON object");
        invalid.put(rs256(claims(ALL, ",\"sub\":\"admin\"")), "the token's payload is not a JSON object");
        invalid.put(
                rs256(claims.replace("issuer.test", "issuer.test.evil")), "another issuer: \"https://issuer.test.e");
        invalid.put(rs256(claims.replace("\"iss\"", "\"ISS\"")), "of another issuer, which it does not name");
        invalid.put(rs256(claims.replace(AUDIENCE, "event")), "for another audience: [\"other\",\"event\"]");
        invalid.put(rs256(claims.replace("\"aud\"", "\"for\"")), "for another audience, which it does not name");
        invalid.put(rs256(claims.replace("\"exp\"", "\"end\"")), "the token has no exp");
        invalid.put(rs256(claims.replaceFirst("\"exp\":\\d+", "\"exp\":\"never\"")), "exp is not a number of seconds");
        invalid.put(rs256(claims.replaceFirst("\"exp\":\\d+", "\"exp\":1e300")), "exp is not a number of seconds");
        String huge = "\"exp\":1" + "0".repeat(400);
        invalid.put(rs256(claims.replaceFirst("\"exp\":\\d+", huge)), "exp is not a number of seconds");
        invalid.put(rs256(claims.replaceFirst("\"exp\":\\d+", "\"exp\":-1")), "exp is not a number of seconds");
        invalid.put(rs256(claims(Instant.now().minusSeconds(61), ALL, "")), "the token has expired, at 20");
        invalid.put(
                rs256(claims(
                        ALL,
                        ",\"nbf\":%d".formatted(Instant.now().plusSeconds(100).getEpochSecond()))),
                "the token is not valid before 20");
        invalid.put(rs256(claims.replace("\"sub\"", "\"who\"")), "sub must be a string of 1 to 255 bytes");
        invalid.put(rs256(claims.replace("tester", "x".repeat(256))), "sub must be a string of 1 to 255 bytes");
        invalid.put(rs256(claims.replace("tester", "a\\r\\nb")), "sub must be a string of 1 to 255 bytes");
        invalid.put(
                rs256(claims("[{\"actions\":[\"fly\"],\"event_names\":[\"a\"]}]", "")), "grants[0].actions has 'fly'");
        invalid.put(
                rs256(claims("[{\"actions\":[\"publish\"],\"event_names\":[\"\\ud800\"]}]", "")),
                "grants[0].event_names: \\ud800 is half");
        invalid.put(rs256(claims("\"all\"", "")), "the token's claim is malformed: grants must be an array");
        for (String half : new String[] {"{\"alg\":\"\\ud800\"}", "{\"alg\":\"\\udc00x\"}"}) {
            String header = Base64.getUrlEncoder().withoutPadding().encodeToString(half.getBytes(UTF_8));
            invalid.put(header + ".e30.x", "the token's alg '\ufffd");
        }
        invalid.put("a.b", "neither an API key nor a signed JSON Web Token");
        invalid.put("a.b.c.d.e", "neither an API key nor a signed JSON Web Token");
        invalid.put("a.b.c", "the token's header is not a JSON object in base64url");
        return invalid;
    }

    @Test
    void whatIsInvalidIsRefusedAndSaysWhy() {
        invalid().forEach((token, reason) -> {
            Answer answer = publish(token);
            assertThat(answer.status()).as(reason).isEqualTo(401);
            assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer error=\"invalid_token\"");
            assertThat(answer.message()).contains(reason);
            assertThat(publish(token).message()).isEqualTo(answer.message());
        });
    }

    @Test
    void theIssuersClockMayDifferByAMinute() {
        Instant now = Instant.now();
        assertThat(publish(rs256(claims(now.minusSeconds(40), ALL, ""))).status())
                .isEqualTo(200);
        String soon = ",\"nbf\":%d.5".formatted(now.plusSeconds(40).getEpochSecond());
        assertThat(publish(rs256(claims(ALL, soon))).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../../../etc/passwd", "' OR 1=1; DROP TABLE api_keys --", "file:///etc/passwd", "RSA\\u0000"})
    void aKeyIdIsOnlyCompared(String id) {
        assertThat(publish(token("RS256", RSA.getPrivate(), ",\"kid\":\"%s\"".formatted(id), claims(ALL, "")))
                        .message())
                .isEqualTo("there is no key with the token's kid");
    }

    @Test
    void whatIsTooLongIsRefused() {
        String id = ",\"kid\":\"%s\"".formatted("x".repeat(1_000));
        assertThat(publish(token("RS256", RSA.getPrivate(), id, claims(ALL, "")))
                        .message())
                .isEqualTo("the token's kid is not a string of at most 256 characters");
        for (String token : new String[] {
            token("RS256", RSA.getPrivate(), id.replace("x", "x".repeat(1_000)), claims(ALL, "")),
            rs256(claims(ALL, ",\"more\":\"%s\"".formatted("x".repeat(1 << 20))))
        }) {
            assertThat(RawHttp.request(
                                    replica.service().port(), "GET /events HTTP/1.1", "Authorization: Bearer " + token)
                            .status())
                    .isEqualTo(431);
        }
    }

    @Test
    void aFloodOfUnknownKeyIdsIsNoFloodOfFetches() {
        int before = issuer.fetches();
        CompletableFuture.allOf(IntStream.range(0, 200)
                        .mapToObj(i -> CompletableFuture.runAsync(() -> assertThat(publish(token(
                                                "RS256",
                                                RSA.getPrivate(),
                                                ",\"kid\":\"k%d\"".formatted(i),
                                                claims(ALL, "")))
                                        .status())
                                .isEqualTo(401)))
                        .toArray(CompletableFuture[]::new))
                .join();
        assertThat(issuer.fetches() - before).isLessThanOrEqualTo(3);
        assertThat(publish(rs256(claims(ALL, ""))).status()).isEqualTo(200);
    }

    @Test
    void itAllowsWhatItsGrantsDo() {
        String grants = "[{\"actions\":[\"publish\"],\"event_names\":[\"order.*\"]}]";
        TestReplica client = replica.as(rs256(claims(grants, "")));
        assertThat(client.publish("order.paid", "1").status()).isEqualTo(200);
        assertThat(client.publish("invoice.paid", "1").message())
                .isEqualTo("this credential may not publish 'invoice.paid'");
        assertThat(client.get("/events").status()).isEqualTo(403);
        assertThat(client.get("/keys").status()).isEqualTo(403);
        String none = claims(ALL, "").replace("\"grants\"", "\"rights\"");
        assertThat(publish(rs256(none)).status()).isEqualTo(403);
        assertThat(replica.as(rs256(claims("[{\"actions\":[\"admin\"]}]", "")))
                        .get("/keys")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aConnectionEndsWithItsTokenUnlessItShowsAnother() {
        Instant end = Instant.now().plusSeconds(2);
        TestReplica client = replica.as(rs256(claims(end, ALL, "")));
        try (TestSubscriber ends = client.subscribe("expiry.*");
                TestSubscriber stays = client.subscribe("expiry.*")) {
            stays.send("{\"action\":\"authenticate\",\"token\":\"%s\"}"
                    .formatted(rs256(claims(ALL, "").replace("tester", "another"))));
            assertThat(stays.nextJson().get("message").stringValue()).contains("of another subject");
            stays.send("{\"action\":\"authenticate\",\"token\":\"%s\"}"
                    .formatted(rs256(claims(ALL, "").replace(ISSUER, "https://other.test/"))));
            assertThat(stays.nextJson().get("message").stringValue()).contains("of another issuer");
            stays.send("{\"action\":\"authenticate\",\"token\":\"%s\"}".formatted(rs256(claims(ALL, ""))));
            assertThat(stays.nextJson().get("message").stringValue()).isEqualTo("authenticated");
            assertThat(ends.awaitClose().code()).isEqualTo(1008);
            assertThat(ends.awaitClose().reason()).startsWith("token expired");
            assertThat(Instant.now()).isAfterOrEqualTo(end.minusSeconds(1)); // exp has whole seconds
            stays.awaitPong();
        }
    }

    @Test
    void aKeyThatIsShownLaterIsTaken() {
        KeyPair next = TestIssuer.key("P-256");
        String token = token("ES256", next.getPrivate(), ",\"kid\":\"next\"", claims(ALL, ""));
        assertThat(publish(token).status()).isEqualTo(401);
        issuer.show(Stream.concat(shown(), Stream.of(jwk("next", next.getPublic(), "")))
                .toArray(String[]::new));
        await().untilAsserted(() -> assertThat(publish(token).status()).isEqualTo(200));
        assertThat(publish(rs256(claims(ALL, ""))).status()).isEqualTo(200);
    }
}
