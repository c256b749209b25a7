package io.eventhandler.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for this machine that has signed itself, made by OpenSSL.
 *
 * @param file the certificate, in PEM
 * @param key its key, in PEM, PKCS#8
 */
public record TestCertificate(Path file, Path key) {

    /** Makes one whose key is of this kind, such as {@code rsa:2048} or {@code ec -pkeyopt ec_paramgen_curve:P-256}. */
    public static TestCertificate make(Path directory, String name, String kind) {
        Path file = directory.resolve(name + ".crt");
        Path key = directory.resolve(name + ".key");
        List<String> arguments = new ArrayList<>(List.of("req", "-x509", "-nodes", "-days", "2", "-newkey"));
        arguments.addAll(List.of(kind.split(" ", -1)));
        arguments.addAll(List.of("-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"));
        arguments.addAll(List.of("-keyout", key.toString(), "-out", file.toString()));
        openssl(arguments.toArray(String[]::new));
        return new TestCertificate(file, key);
    }

    /** Runs OpenSSL. */
    public static void openssl(String... arguments) {
        List<String> command = new ArrayList<>(List.of(Tool.OPENSSL.path().toString()));
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(command + ": " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The certificate itself. */
    public X509Certificate read() {
        try (InputStream in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a client needs that believes these certificates alone. */
    public static SSLContext trusting(TestCertificate... certificates) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (TestCertificate certificate : certificates) {
                store.setCertificateEntry(certificate.file.toString(), certificate.read());
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
