package io.eventhandler.web;

import io.eventhandler.service.SettingsReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the certificate and the key are that HTTPS is served with, both in PEM. Immutable.
 *
 * @param certificate with the chain, the server's own certificate first
 * @param key of that certificate, perhaps the same file
 */
public record TlsFiles(Path certificate, Path key) {

    static final String CERTIFICATE = "TLS_CERT_FILE";
    static final String KEY = "TLS_KEY_FILE";

    /** What the files hold, which may be anything. */
    record Content(String certificate, String key) {}

    /** Reads {@code TLS_CERT_FILE} and {@code TLS_KEY_FILE}; null without them. */
    static @Nullable TlsFiles read(SettingsReader in) {
        Path certificate = in.optionalPath(
                CERTIFICATE,
                "none: plain HTTP",
                "PORT speaks HTTPS with this certificate and its chain, in PEM; read anew when it changes");
        Path key = in.optionalPath(KEY, "none: plain HTTP", "the certificate's private key, in PEM, not encrypted");
        if (certificate == null && key == null) {
            return null;
        }
        if (certificate == null) {
            in.contradiction(CERTIFICATE, "must be set too, since TLS_KEY_FILE is");
            return null;
        }
        if (key == null) {
            in.contradiction(KEY, "must be set too, since TLS_CERT_FILE is");
            return null;
        }
        return new TlsFiles(certificate, key);
    }

    Content content() throws TlsFault {
        return new Content(text(CERTIFICATE, certificate), text(KEY, key));
    }

    private static String text(String setting, Path file) throws TlsFault {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new TlsFault(setting, "'%s' can't be read".formatted(file), e);
        }
    }
}
