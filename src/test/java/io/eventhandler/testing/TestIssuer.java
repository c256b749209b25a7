package io.eventhandler.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * An issuer of JSON Web Tokens, with a JSON Web Key Set at an address of its own. It signs by the JDK alone, so that what
 * verifies is tested against something else.
 */
public final class TestIssuer implements AutoCloseable {

    public static final String ISSUER = "https://issuer.test/";
    public static final String AUDIENCE = "event-handler";

    private final HttpServer server;
    private final AtomicInteger fetches = new AtomicInteger();
    private volatile Answer answer = exchange -> send(exchange, 200, "{\"keys\":[]}");

    /** What a request for the keys is answered with. */
    @FunctionalInterface
    public interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    /** Shows these keys, each a JSON Web Key. */
    public TestIssuer(String... keys) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/jwks", exchange -> {
            fetches.incrementAndGet();
            answer.to(exchange);
        });
        show(keys);
        server.start();
    }

    /** Shows these keys from now on. */
    public void show(String... keys) {
        String set = "{\"keys\":[%s]}".formatted(String.join(",", keys));
        answer(exchange -> send(exchange, 200, set));
    }

    /** Answers so from now on. */
    public void answer(Answer next) {
        answer = next;
    }

    /** Answers with this and ends the exchange. */
    public static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.sendResponseHeaders(status, content.length);
            exchange.getResponseBody().write(content);
        }
    }

    /** Where the keys are. */
    public URI url() {
        return URI.create(
                "http://127.0.0.1:%d/jwks".formatted(server.getAddress().getPort()));
    }

    /** How often they were fetched. */
    public int fetches() {
        return fetches.get();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    /** A new key: RSA, P-256, P-384 or Ed25519. */
    public static KeyPair key(String kind) {
        try {
            if (kind.startsWith("P-")) {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
                generator.initialize(new ECGenParameterSpec("secp%sr1".formatted(kind.substring(2))));
                return generator.generateKeyPair();
            }
            return KeyPairGenerator.getInstance(kind).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The key as a JSON Web Key with this id and these further members. */
    public static String jwk(String id, PublicKey key, String more) {
        String members;
        if (key instanceof RSAPublicKey rsa) {
            members = "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\""
                    .formatted(number(rsa.getModulus(), 0), number(rsa.getPublicExponent(), 0));
        } else if (key instanceof ECPublicKey ec) {
            int bits = ec.getParams().getCurve().getField().getFieldSize();
            members = "\"kty\":\"EC\",\"crv\":\"P-%d\",\"x\":\"%s\",\"y\":\"%s\""
                    .formatted(
                            bits,
                            number(ec.getW().getAffineX(), bits / 8),
                            number(ec.getW().getAffineY(), bits / 8));
        } else {
            byte[] encoded = key.getEncoded();
            members = "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\""
                    .formatted(base64(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)));
        }
        return "{\"kid\":\"%s\",%s%s}".formatted(id, members, more);
    }

    /** The key in PEM. */
    public static String pem(PublicKey key) {
        return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
                .formatted(Base64.getMimeEncoder().encodeToString(key.getEncoded()));
    }

    private static String number(BigInteger value, int length) {
        byte[] bytes = value.toByteArray();
        int sign = bytes[0] == 0 && bytes.length > 1 ? 1 : 0;
        byte[] magnitude = Arrays.copyOfRange(bytes, sign, bytes.length);
        byte[] padded = new byte[Math.max(length, magnitude.length)];
        System.arraycopy(magnitude, 0, padded, padded.length - magnitude.length, magnitude.length);
        return base64(padded);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String base64(String text) {
        return base64(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Claims that are taken until an hour from now, with these grants and these further members. */
    public static String claims(String grants, String more) {
        return claims(Instant.now().plusSeconds(3600), grants, more);
    }

    /** Claims that are taken until then, with these grants and these further members. */
    public static String claims(Instant end, String grants, String more) {
        return "{\"iss\":\"%s\",\"aud\":[\"other\",\"%s\"],\"sub\":\"tester\",\"exp\":%d,\"grants\":%s%s}"
                .formatted(ISSUER, AUDIENCE, end.getEpochSecond(), grants, more);
    }

    /** A token with this header, beside its alg, and these claims. */
    public static String token(String algorithm, Key key, String header, String claims) {
        String signed = base64("{\"alg\":\"%s\"%s}".formatted(algorithm, header)) + "." + base64(claims);
        try {
            return signed + "." + base64(sign(algorithm, key, signed.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A token of the secret's. */
    public static String token(String secret, String claims) {
        return token("HS256", new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"), "", claims);
    }

    private static byte[] sign(String algorithm, Key key, byte[] text) throws GeneralSecurityException {
        String bits = algorithm.substring(2);
        String name = switch (algorithm.substring(0, 2)) {
            case "RS" -> "SHA%swithRSA".formatted(bits);
            case "PS" -> "RSASSA-PSS";
            case "ES" -> "SHA%swithECDSAinP1363Format".formatted(bits);
            case "HS" -> "HmacSHA" + bits;
            case "Ed" -> "Ed25519";
            default -> "";
        };
        if (name.isEmpty()) {
            return new byte[0];
        }
        if (name.startsWith("Hmac")) {
            Mac mac = Mac.getInstance(name);
            mac.init(key);
            return mac.doFinal(text);
        }
        Signature signature = Signature.getInstance(name);
        if (name.equals("RSASSA-PSS")) {
            signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        }
        signature.initSign((PrivateKey) key);
        signature.update(text);
        return signature.sign();
    }
}
