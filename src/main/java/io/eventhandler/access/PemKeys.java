package io.eventhandler.access;

import io.eventhandler.lifecycle.Failures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Public keys in a PEM file (RFC 7468, section 13), several while one replaces another. What is written there later counts
 * a second afterwards; while it can't be read, what was there before. Thread-safe.
 */
final class PemKeys implements JwtKeys {

    private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int MAX_BYTES = 64 << 10;
    private static final int MAX_KEYS = 10;
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519");
    private static final Pattern PEM = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

    private static final Logger LOG = LoggerFactory.getLogger(PemKeys.class);
    private static final Failures FAILURES = new Failures(LOG);

    private final Path file;
    private final ReentrantLock looking = new ReentrantLock();
    private volatile Read last;

    private record Read(String text, List<JwtKey> keys, long nanos) {}

    /**
     * @throws IllegalArgumentException that says what is wrong with the file
     */
    PemKeys(Path file) {
        this.file = file;
        String text = text(file);
        this.last = new Read(text, parse(text), System.nanoTime());
    }

    @Override
    public List<JwtKey> find(@Nullable String id) {
        if (System.nanoTime() - last.nanos > LOOK_NANOS && looking.tryLock()) {
            try {
                last = look(last);
            } finally {
                looking.unlock();
            }
        }
        return last.keys;
    }

    private Read look(Read before) {
        List<JwtKey> keys = before.keys;
        String text = before.text;
        try {
            text = text(file);
            if (!text.equals(before.text)) {
                keys = parse(text);
                LOG.info("the public keys of JSON Web Tokens were read anew");
            }
        } catch (IllegalArgumentException e) {
            FAILURES.say(e, "JWT_PUBLIC_KEY_FILE can't be read: the keys that were there stay good");
            text = before.text;
        }
        return new Read(text, keys, System.nanoTime());
    }

    private static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IllegalArgumentException("'%s' has more than %d bytes".formatted(file, MAX_BYTES));
            }
            return new String(bytes, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new IllegalArgumentException("'%s' can't be read".formatted(file), e);
        }
    }

    private static List<JwtKey> parse(String text) {
        List<JwtKey> keys = new ArrayList<>();
        Matcher pem = PEM.matcher(text);
        while (pem.find()) {
            if (!pem.group(1).equals("PUBLIC KEY")) {
                throw new IllegalArgumentException(
                        "must have public keys alone (-----BEGIN PUBLIC KEY-----), but has a %s: openssl makes one with pkey -pubout, or x509 -pubkey"
                                .formatted(pem.group(1)));
            }
            keys.add(key(pem.group(2)));
        }
        if (keys.isEmpty() || keys.size() > MAX_KEYS) {
            throw new IllegalArgumentException(
                    "must have 1 to %d public keys in PEM (-----BEGIN PUBLIC KEY-----), it has %d"
                            .formatted(MAX_KEYS, keys.size()));
        }
        return List.copyOf(keys);
    }

    private static JwtKey key(String base64) {
        for (String algorithm : ALGORITHMS) {
            try {
                var encoded = new X509EncodedKeySpec(Base64.getMimeDecoder().decode(base64.strip()));
                JwtKey key = JwtKey.of(null, KeyFactory.getInstance(algorithm).generatePublic(encoded));
                if (key != null) {
                    return key;
                }
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                LOG.trace("it is no key for {}", algorithm, e);
            }
        }
        throw new IllegalArgumentException(
                "must have keys for RSA of 2048 to 8192 bits, for the curves P-256 or P-384, or Ed25519, this one is none");
    }
}
