package io.eventhandler.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client's private key for TLS: PKCS#8, in PEM, which pgjdbc reads, or in DER, which both drivers read. Immutable.
 *
 * @param file where it is
 */
public record ClientKey(Path file) {

    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----([^-]*)-----END", Pattern.DOTALL);
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    /**
     * @throws IllegalArgumentException unless both drivers can use it
     */
    void check() {
        String name = file.toString();
        if (name.endsWith(".p12") || name.endsWith(".pfx")) {
            throw unfit("a PKCS#12 store", "openssl pkcs12 -in %s -nodes -nocerts -out client.key");
        }
        Matcher pem = PEM.matcher(text());
        if (!pem.find()) {
            return;
        }
        if (pem.group(1).equals("ENCRYPTED ")) {
            throw unfit("encrypted PEM", "openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -in %s -outform DER -out client.pk8");
        }
        if (!pem.group(1).isEmpty()) {
            throw unfit("not PKCS#8", "openssl pkcs8 -topk8 -nocrypt -in %s -out client.key");
        }
        algorithm();
    }

    private IllegalArgumentException unfit(String what, String command) {
        return new IllegalArgumentException(
                "sslkey: '%s' is %s; convert it: %s".formatted(file, what, command.formatted(file)));
    }

    /** Whether it is in PEM. */
    public boolean isPem() {
        return Files.isReadable(file) && PEM.matcher(text()).find();
    }

    /** What it is for, in Java's name. */
    String algorithm() {
        var key = new PKCS8EncodedKeySpec(der());
        return ALGORITHMS.stream()
                .filter(algorithm -> isFor(algorithm, key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "sslkey: '%s' is no key for one of %s".formatted(file, String.join(", ", ALGORITHMS))));
    }

    private static boolean isFor(String algorithm, PKCS8EncodedKeySpec key) {
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(key) != null;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Writes it in DER, to a new file that nobody else can read. */
    public Path writeDer() throws IOException {
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        Path copy = Files.createTempFile("client-", ".pk8", ownerOnly);
        Files.write(copy, der());
        return copy;
    }

    private byte[] der() {
        Matcher pem = PEM.matcher(text());
        if (!pem.find()) {
            throw new IllegalArgumentException("sslkey: '%s' is not PEM".formatted(file));
        }
        try {
            return Base64.getMimeDecoder().decode(pem.group(2).strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("sslkey: '%s' is broken".formatted(file), e);
        }
    }

    private String text() {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new IllegalArgumentException("sslkey: '%s' can't be read".formatted(file), e);
        }
    }
}
