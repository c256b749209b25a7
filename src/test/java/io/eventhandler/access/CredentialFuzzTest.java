package io.eventhandler.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.event.NamePattern;
import io.eventhandler.testing.Fuzzing;
import io.eventhandler.testing.TestIssuer;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whatever a credential, a grant or a pattern looks like, it is taken as what it says or refused. */
class CredentialFuzzTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String SECRET = "a-secret-of-32-bytes-0123456789-";
    private static final String GRANTS =
            "[{\"actions\":[\"publish\",\"subscribe\"],\"event_names\":[\"a.*\",\"b.>\"]},{\"actions\":[\"admin\"]}]";

    private static JwtVerifier verifier() {
        return new JwtVerifier(new JwtOptions(null, null, SECRET, TestIssuer.ISSUER, TestIssuer.AUDIENCE));
    }

    @Test
    void tokens() {
        JwtVerifier verifier = verifier();
        String token = TestIssuer.token(SECRET, TestIssuer.claims(GRANTS, ",\"nbf\":1"));
        Fuzzing.run(List.of(token, token, "eh_0123456789abcdef_" + "x".repeat(43)), (input, mutations) -> {
            String changed = new String(input, ISO_8859_1);
            ApiKeys.isLike(changed);
            try {
                verifier.verify(changed);
                assertThat(lastBits(changed)).isEqualTo(lastBits(token));
            } catch (InvalidTokenException e) {
                Fuzzing.assertSayable(e.reason());
            }
        });
    }

    /** A signature is what its text decodes to, and the text's last character has two bits to spare. */
    private static String lastBits(String token) {
        return token.substring(0, token.length() - 1);
    }

    /** What only the issuer could have signed. */
    @Test
    void claims() {
        JwtVerifier verifier = verifier();
        Fuzzing.run(List.of(TestIssuer.claims(GRANTS, ",\"nbf\":1.5e9")), (input, mutations) -> {
            String token = TestIssuer.token(SECRET, new String(input, UTF_8));
            try {
                Principal principal = verifier.verify(token);
                assertThat(principal.subject()).isNotEmpty();
            } catch (InvalidTokenException e) {
                Fuzzing.assertSayable(e.reason());
            }
        });
    }

    /** What anybody can put before the dot. */
    @Test
    void headers() {
        JwtVerifier verifier = verifier();
        String rest = TestIssuer.token(SECRET, TestIssuer.claims(GRANTS, "")).replaceFirst("[^.]*", "");
        List<String> samples = List.of(
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k\"}", "{\"alg\":\"none\"}", "{\"crit\":[\"b64\"]}");
        Fuzzing.run(samples, (input, mutations) -> {
            try {
                verifier.verify(Base64.getUrlEncoder().withoutPadding().encodeToString(input) + rest);
                assertThat(input).asString().as("it is signed").isEqualTo("{\"alg\":\"HS256\"}");
            } catch (InvalidTokenException e) {
                Fuzzing.assertSayable(e.reason());
            }
        });
    }

    @Test
    void grants() {
        Fuzzing.run(List.of(GRANTS, "[]"), (input, mutations) -> {
            JsonNode json;
            try {
                json = JSON.readTree(input);
            } catch (JacksonException e) {
                return;
            }
            try {
                List<Grant> grants = Grants.read(json);
                assertThat(Grants.read(JSON.readTree(Grants.write(grants)))).isEqualTo(grants);
            } catch (IllegalArgumentException e) {
                Fuzzing.assertSayable(e.getMessage());
            }
        });
    }

    @Test
    void patterns() {
        List<String> samples = List.of("order.*.created.>", "a", ">", "*", "ä.ö", "a.b.c.d.e.f");
        Fuzzing.run(samples, (input, mutations) -> {
            String text = new String(input, UTF_8);
            String fault = NamePattern.fault(text);
            if (fault == null) {
                NamePattern pattern = NamePattern.of(text);
                boolean matches = pattern.matches("order.x.created.y");
                assertThat(Pattern.compile(pattern.regex())
                                .matcher("order.x.created.y")
                                .matches())
                        .isEqualTo(matches);
                assertThat(pattern.matches(text) || !pattern.isExact()).isTrue();
            } else {
                Fuzzing.assertSayable(fault);
            }
        });
    }
}
