package io.eventhandler.web;

import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Part;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What HTTPS is served with: looks at the files again and again, by their content, so that it does not matter how they are
 * replaced, and takes what has changed for the connections that come from then on. Those that there are go on. What can't
 * be served is logged, and what was served before is kept. Thread-safe.
 */
final class ServedCertificate implements Part {

    private static final Logger LOG = LoggerFactory.getLogger(ServedCertificate.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final String[] PROTOCOLS = {"TLSv1.2", "TLSv1.3"};
    private static final char[] PASSWORD = "none".toCharArray(); // of a store that never leaves memory

    private final TlsFiles files;
    private final SslContextFactory.Server context = context();
    private final BackgroundThread thread =
            new BackgroundThread(Thread.ofVirtual().name("tls-files"), this::look);
    private Found last = new Found(null, ""); // what the last look found
    private Found done = last; // what was dealt with

    /**
     * What one look at the files found.
     *
     * @param fault why they could not be read
     */
    private record Found(TlsFiles.@Nullable Content content, String fault) {}

    ServedCertificate(TlsFiles files) {
        this.files = files;
    }

    private static SslContextFactory.Server context() {
        var context = new SslContextFactory.Server();
        context.setIncludeProtocols(PROTOCOLS);
        context.setKeyStorePassword(String.valueOf(PASSWORD));
        return context;
    }

    /** Makes connections that speak this protocol within TLS. */
    SslConnectionFactory connectionFactory(String protocol) {
        var factory = new SslConnectionFactory(context, protocol);
        factory.setEnsureSecureRequestCustomizer(false); // it would compare Host with the certificate's names
        return factory;
    }

    @Override
    public void start() {
        try {
            TlsFiles.Content content = files.content();
            ServerCertificate certificate = ServerCertificate.of(files, content);
            context.setKeyStore(store(certificate));
            done = new Found(content, "");
            last = done;
            say(certificate);
        } catch (TlsFault | GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
        thread.start();
    }

    @Override
    public void stop() {
        thread.stop();
    }

    /** Two looks must have found the same: one alone may come while the files are being written. */
    private boolean look() throws InterruptedException {
        Thread.sleep(INTERVAL);
        Found found = find();
        if (found.equals(last) && !found.equals(done)) {
            done = found;
            take(found);
        }
        last = found;
        return true;
    }

    private Found find() {
        try {
            return new Found(files.content(), "");
        } catch (TlsFault e) {
            return new Found(null, String.valueOf(e.getMessage()));
        }
    }

    private void take(Found found) {
        TlsFiles.Content content = found.content;
        if (content == null) {
            kept(found.fault);
            return;
        }
        try {
            ServerCertificate certificate = ServerCertificate.of(files, content);
            KeyStore store = store(certificate);
            tryOut(store);
            context.reload(served -> served.setKeyStore(store));
            say(certificate);
        } catch (TlsFault e) {
            kept(String.valueOf(e.getMessage()));
        } catch (Exception e) {
            LOG.warn("the certificate that was served before is kept", e);
        }
    }

    private static void kept(String fault) {
        LOG.warn("the certificate that was served before is kept: {}", fault);
    }

    /** A context that fails to load has forgotten what it had: another one goes first. */
    private static void tryOut(KeyStore store) throws Exception {
        SslContextFactory.Server other = context();
        other.setKeyStore(store);
        other.start();
        other.stop();
    }

    private static KeyStore store(ServerCertificate certificate) throws GeneralSecurityException, IOException {
        List<X509Certificate> chain = certificate.chain();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, PASSWORD);
        store.setKeyEntry("server", certificate.key(), PASSWORD, chain.toArray(X509Certificate[]::new));
        return store;
    }

    private static void say(ServerCertificate certificate) {
        X509Certificate own = certificate.chain().getFirst();
        Instant end = own.getNotAfter().toInstant();
        (end.isAfter(Instant.now()) ? LOG.atInfo() : LOG.atWarn())
                .log("serving the certificate of {}, valid until {}", own.getSubjectX500Principal(), end);
    }
}
