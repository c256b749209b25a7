package io.eventhandler.access;

import static io.eventhandler.testing.TestIssuer.jwk;
import static io.eventhandler.testing.TestIssuer.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.TestIssuer;
import io.eventhandler.web.ApiException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Keys at an address that fails in every way. */
class JwksKeysTest {

    private static final JwksKeys.Times SHORT =
            new JwksKeys.Times(Duration.ofHours(1), Duration.ZERO, Duration.ofHours(1), Duration.ofMillis(500));
    private static final String RSA = jwk("rsa", TestIssuer.key("RSA").getPublic(), "");
    private static final String EC = jwk("ec", TestIssuer.key("P-256").getPublic(), "");

    private final TestIssuer issuer = new TestIssuer(RSA);
    private final List<JwksKeys> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(JwksKeys::stop);
        issuer.close();
    }

    private JwksKeys keys() {
        return new JwksKeys(issuer.url(), SHORT);
    }

    private static void assertUnavailable(JwksKeys keys, String id) {
        assertThatThrownBy(() -> keys.find(id))
                .isInstanceOf(ApiException.class)
                .extracting(fault -> ((ApiException) fault).status())
                .isEqualTo(503);
    }

    /** Every way to fail, by name. */
    private static Map<String, TestIssuer.Answer> failures(CountDownLatch end) {
        String set = "{\"keys\":[%s]}".formatted(EC);
        return Map.of(
                "hangs", exchange -> awaitEnd(end),
                "hangs after the headers",
                        exchange -> {
                            exchange.sendResponseHeaders(200, 1_000);
                            exchange.getResponseBody().write('{');
                            exchange.getResponseBody().flush();
                            awaitEnd(end);
                        },
                "500", exchange -> send(exchange, 500, set),
                "redirect",
                        exchange -> {
                            exchange.getResponseHeaders().add("Location", "/jwks?elsewhere");
                            send(exchange, 302, set);
                        },
                "too large", exchange -> send(exchange, 200, set + " ".repeat(300 << 10)),
                "no JSON", exchange -> send(exchange, 200, "<html>"),
                "nested", exchange -> send(exchange, 200, "{\"keys\":" + "[".repeat(100_000)),
                "no keys", exchange -> send(exchange, 200, "{\"key\":[]}"),
                "keys are no objects", exchange -> send(exchange, 200, "{\"keys\":[1]}"),
                "ends early",
                        exchange -> {
                            exchange.sendResponseHeaders(200, 1_000);
                            exchange.close();
                        });
    }

    private static void awaitEnd(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatFailsIsUnavailableAndKeysThatAreKnownStayGood() {
        var end = new CountDownLatch(1);
        try {
            failures(end).forEach((name, failure) -> {
                issuer.show(RSA);
                JwksKeys keys = keys();
                assertThat(keys.find("rsa")).as(name).hasSize(1);
                issuer.answer(failure);
                assertUnavailable(keys, "ec");
                assertUnavailable(keys(), "rsa");
                assertThat(keys.find("rsa")).as(name).hasSize(1);
                assertThat(keys.find(null)).as(name).hasSize(1);
                issuer.show(RSA, EC);
                assertThat(keys.find("ec")).as(name).hasSize(1);
            });
        } finally {
            end.countDown();
        }
    }

    @Test
    void nobodyListens() {
        JwksKeys keys = keys();
        issuer.close();
        assertUnavailable(keys, "rsa");
    }

    @Test
    void aKeyThatIsTakenOutOrReplacedIsForgotten() {
        JwksKeys keys = new JwksKeys(
                issuer.url(),
                new JwksKeys.Times(Duration.ofMillis(20), Duration.ZERO, Duration.ofHours(1), Duration.ofSeconds(5)));
        started.add(keys);
        keys.start();
        JwtKey first = keys.find("rsa").getFirst();
        issuer.show(jwk("rsa", TestIssuer.key("RSA").getPublic(), ""));
        await().until(() -> !keys.find("rsa").getFirst().equals(first));
        issuer.show(EC);
        await().until(() -> keys.find("rsa").isEmpty());
        issuer.show();
        await().until(() -> keys.find(null).isEmpty());
    }

    @Test
    void keysAreNotBelievedInForEver() {
        JwksKeys keys = new JwksKeys(
                issuer.url(),
                new JwksKeys.Times(Duration.ofHours(1), Duration.ZERO, Duration.ofMillis(500), Duration.ofSeconds(5)));
        assertThat(keys.find("rsa")).hasSize(1);
        issuer.answer(exchange -> send(exchange, 500, ""));
        await().untilAsserted(() -> assertUnavailable(keys, "rsa"));
        issuer.show(RSA);
        assertThat(keys.find("rsa")).hasSize(1);
    }

    @Test
    void itIsNotFetchedTwiceWithinAPause() {
        JwksKeys keys = new JwksKeys(
                issuer.url(),
                new JwksKeys.Times(
                        Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1), Duration.ofSeconds(5)));
        for (int i = 0; i < 200; i++) {
            assertThat(keys.find("unknown" + i)).isEmpty();
        }
        assertThat(keys.find("rsa")).hasSize(1);
        assertThat(issuer.fetches()).isEqualTo(1);
    }

    @Test
    void whatIsNoKeyForSignaturesIsPassedOver() {
        String rsa = RSA.substring(0, RSA.length() - 1);
        issuer.show(
                "null",
                "{}",
                "{\"kty\":\"new\"}",
                "{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\"}",
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}",
                "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\"}",
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}",
                "{\"kty\":\"RSA\",\"n\":\"wQ\",\"e\":\"AQAB\"}",
                jwk("p521", TestIssuer.key("P-521").getPublic(), ""),
                rsa + ",\"use\":\"enc\"}",
                rsa + ",\"key_ops\":[\"encrypt\"]}",
                rsa + ",\"alg\":\"RSA-OAEP\"}",
                rsa + ",\"alg\":\"RS256\"}");
        List<JwtKey> found = keys().find(null);
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().takes("RS256")).isTrue();
        assertThat(found.getFirst().takes("RS512")).isFalse();
    }
}
