package io.eventhandler.web;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.LogCapture;
import io.eventhandler.testing.Needs;
import io.eventhandler.testing.Scrape;
import io.eventhandler.testing.TestCertificate;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import io.eventhandler.testing.Tool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTPS: all that HTTP does, and a certificate that is replaced while it runs. */
@Needs(Tool.OPENSSL)
class TlsTest {

    private static final String EVENT = "{\"event_name\":\"tls.sent\",\"payload\":{\"a\":1}}";

    @TempDir
    static Path made;

    private static TestCertificate first;
    private static TestCertificate second;
    private static SSLContext trust;
    private static Path files;
    private static TestReplica replica;
    private HttpClient http;

    @BeforeAll
    static void start() throws IOException {
        first = TestCertificate.make(made, "first", "rsa:2048");
        second = TestCertificate.make(made, "second", "ec -pkeyopt ec_paramgen_curve:P-256");
        trust = TestCertificate.trusting(first, second);
        // As Kubernetes mounts a Secret: links to links, of which one is swapped.
        Path secret = Files.createDirectory(made.resolve("secret"));
        files = secret.resolve("..data");
        mount(first);
        Files.createSymbolicLink(secret.resolve("tls.crt"), Path.of("..data", "tls.crt"));
        Files.createSymbolicLink(secret.resolve("tls.key"), Path.of("..data", "tls.key"));
        replica = TestReplica.start(
                TestDatabase.create(),
                "TLS_CERT_FILE",
                secret.resolve("tls.crt").toString(),
                "TLS_KEY_FILE",
                secret.resolve("tls.key").toString(),
                "MANAGEMENT_PORT",
                "0",
                "HEADER_TIMEOUT",
                "1s",
                "BODY_TIMEOUT",
                "1s");
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    @BeforeEach
    void connect() {
        http = HttpClient.newBuilder().sslContext(trust).build();
    }

    @AfterEach
    void disconnect() {
        http.shutdownNow();
    }

    private static void mount(TestCertificate certificate) throws IOException {
        mount(certificate.file(), certificate.key());
    }

    private static void mount(Path certificate, Path key) throws IOException {
        Path version = Files.createTempDirectory(files.getParent(), "..");
        Files.copy(certificate, version.resolve("tls.crt"));
        Files.copy(key, version.resolve("tls.key"));
        Path link = files.resolveSibling("..data_tmp");
        Files.createSymbolicLink(link, version.getFileName());
        Files.move(link, files, StandardCopyOption.ATOMIC_MOVE);
    }

    private static URI uri(String scheme, String path) {
        return URI.create(
                "%s://localhost:%d%s".formatted(scheme, replica.service().port(), path));
    }

    private HttpResponse<String> publish(HttpClient client) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(uri("https", "/publish"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(EVENT))
                        .build(),
                BodyHandlers.ofString());
    }

    private static SSLSocket open(String... protocols) throws IOException {
        var socket = (SSLSocket) trust.getSocketFactory()
                .createSocket(
                        InetAddress.getLoopbackAddress(), replica.service().port());
        socket.setSoTimeout(15_000);
        if (protocols.length > 0) {
            socket.setEnabledProtocols(protocols);
        }
        socket.startHandshake();
        return socket;
    }

    private static Certificate served() throws IOException {
        try (SSLSocket socket = open()) {
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    private static String rest(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }

    @Test
    void eventsGoInAndOut() throws Exception {
        try (TestSubscriber subscriber = TestSubscriber.connect(http, uri("wss", "/ws"))) {
            subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"tls.>\"}");
            subscriber.awaitPong();
            HttpResponse<java.io.InputStream> stream = http.send(
                    HttpRequest.newBuilder(uri("https", "/events/stream?event_name=tls.sent"))
                            .build(),
                    BodyHandlers.ofInputStream());
            assertThat(stream.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
            HttpResponse<String> answer = publish(http);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(subscriber.next()).contains("tls.sent", "{\"a\":1}");
            try (var lines = new BufferedReader(new InputStreamReader(stream.body(), UTF_8))) {
                assertThat(lines.lines()
                                .filter(line -> line.startsWith("event: "))
                                .findFirst())
                        .contains("event: tls.sent");
            }
            String large = "{\"event_name\":\"large\",\"payload\":\"" + "x".repeat(900_000) + "\"}";
            HttpResponse<String> stored = http.send(
                    HttpRequest.newBuilder(uri("https", "/publish"))
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString(large))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(stored.statusCode()).isEqualTo(200);
            HttpResponse<String> history = http.send(
                    HttpRequest.newBuilder(uri("https", "/events?event_name=large"))
                            .header("Accept", "application/x-ndjson")
                            .build(),
                    BodyHandlers.ofString());
            assertThat(history.body()).contains("x".repeat(900_000));
        }
    }

    @Test
    void managementStaysPlain() {
        assertThat(TestReplica.send(HttpRequest.newBuilder(replica.managementUri("/health/ready")))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void refusalsNameTheClientsAddress() throws Exception {
        try (LogCapture log = LogCapture.of("io.eventhandler.activity");
                SSLSocket socket = open()) {
            socket.getOutputStream()
                    .write("GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
            assertThat(rest(socket)).startsWith("HTTP/1.1 404 ");
            assertThat(log.lines("127.0.0.1:" + socket.getLocalPort())).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void newProtocolsAreSpoken(String protocol) throws IOException {
        try (SSLSocket socket = open(protocol)) {
            assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
        }
    }

    /** A ClientHello (RFC 4346, section 7.4.1.2) that offers nothing newer. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void oldProtocolsAreRefused(int minorVersion) throws IOException {
        byte[] hello = new byte[5 + 4 + 2 + 32 + 1 + 4 + 2];
        byte[] head = {
            22, 3, 1, 0, (byte) (hello.length - 5), 1, 0, 0, (byte) (hello.length - 9), 3, (byte) minorVersion
        };
        System.arraycopy(head, 0, hello, 0, head.length);
        byte[] suites = {0, 2, 0, 0x2f, 1, 0}; // TLS_RSA_WITH_AES_128_CBC_SHA, no compression
        System.arraycopy(suites, 0, hello, hello.length - suites.length, suites.length);
        try (var socket =
                new Socket(InetAddress.getLoopbackAddress(), replica.service().port())) {
            socket.setSoTimeout(15_000);
            socket.getOutputStream().write(hello);
            byte[] alert = socket.getInputStream().readAllBytes();
            assertThat(alert).startsWith(21, 3).endsWith(2, 70); // fatal: protocol_version
        }
    }

    @Test
    void headersHandshakesAndBodiesThatNeverComeAreEnded() throws IOException {
        try (SSLSocket headers = open();
                SSLSocket body = open();
                var handshake = new Socket(
                        InetAddress.getLoopbackAddress(), replica.service().port());
                SSLSocket idle = open()) {
            handshake.setSoTimeout(15_000);
            handshake.getOutputStream().write(new byte[] {22, 3, 1});
            headers.getOutputStream().write("GET /health/live HTTP/1.1\r\nHos".getBytes(US_ASCII));
            body.getOutputStream()
                    .write(
                            "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
                                    .getBytes(US_ASCII));
            assertThat(rest(headers)).startsWith("HTTP/1.1 408 ").contains("the headers took too long");
            assertThat(rest(body)).startsWith("HTTP/1.1 408 ").contains("the body took too long: 1 bytes of it");
            assertThat(handshake.getInputStream().readAllBytes()).isEmpty();
            idle.getOutputStream()
                    .write("GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(US_ASCII));
            assertThat(rest(idle)).startsWith("HTTP/1.1 200 ");
        }
        assertThat(Scrape.of(replica).get("eventhandler_publish_held_bytes")).isZero();
    }

    @Test
    void aReplacedCertificateIsServedAndTheConnectionsThatThereAreGoOn() throws Exception {
        try (LogCapture log = LogCapture.of(ServedCertificate.class);
                TestSubscriber subscriber = TestSubscriber.connect(http, uri("wss", "/ws"));
                SSLSocket kept = open()) {
            subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"tls.sent\"}");
            subscriber.awaitPong();
            assertThat(served()).isEqualTo(first.read());

            mount(second.file(), first.key());
            await().until(() -> !log.lines("WARN the certificate that was served before is kept: TLS_KEY_FILE: ")
                    .isEmpty());
            Files.delete(files);
            await().until(() -> !log.lines("is kept: TLS_CERT_FILE: ").isEmpty());
            assertThat(served()).isEqualTo(first.read());

            mount(second);
            await().until(() -> served().equals(second.read()));
            assertThat(log.lines("INFO serving the certificate of CN=second, valid until "))
                    .hasSize(1);
            assertThat(log.lines("WARN")).hasSize(2);

            assertThat(publish(http).statusCode()).isEqualTo(200);
            assertThat(subscriber.next()).contains("tls.sent");
            kept.getOutputStream()
                    .write("GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(US_ASCII));
            assertThat(rest(kept)).startsWith("HTTP/1.1 200 ");
            assertThatThrownBy(() -> {
                        try (HttpClient old = HttpClient.newBuilder()
                                .sslContext(TestCertificate.trusting(first))
                                .build()) {
                            publish(old);
                        }
                    })
                    .isInstanceOf(SSLHandshakeException.class);
        } finally {
            mount(first);
            await().until(() -> served().equals(first.read()));
        }
    }

    @Test
    void keysOfEveryFormAreTaken() throws Exception {
        Path pkcs1 = made.resolve("pkcs1.key");
        Path sec1 = made.resolve("sec1.key");
        TestCertificate.openssl("rsa", "-traditional", "-in", first.key().toString(), "-out", pkcs1.toString());
        TestCertificate.openssl("ec", "-in", second.key().toString(), "-out", sec1.toString());
        assertThat(Files.readString(pkcs1)).contains("BEGIN RSA PRIVATE KEY");
        assertThat(Files.readString(sec1)).contains("BEGIN EC PRIVATE KEY");
        TestCertificate edwards = TestCertificate.make(made, "edwards", "ed25519");
        for (TlsFiles given : List.of(
                new TlsFiles(first.file(), pkcs1),
                new TlsFiles(second.file(), sec1),
                new TlsFiles(edwards.file(), edwards.key()))) {
            ServerCertificate read = ServerCertificate.of(given, given.content());
            assertThat(read.key().getAlgorithm())
                    .isEqualTo(read.chain().getFirst().getPublicKey().getAlgorithm());
        }
        Path both = made.resolve("both.pem");
        Files.writeString(both, Files.readString(first.key()) + Files.readString(first.file()));
        var one = new TlsFiles(both, both);
        assertThat(ServerCertificate.of(one, one.content()).chain()).containsExactly(first.read());
    }

    private static String fault(Path certificate, Path key) {
        var given = new TlsFiles(certificate, key);
        try {
            ServerCertificate.of(given, given.content());
            return "none";
        } catch (TlsFault e) {
            return String.valueOf(e.getMessage()).replace(made + "/", "");
        }
    }

    @Test
    void whatCantBeServedIsSaid() throws IOException {
        Path encrypted = made.resolve("encrypted.key");
        Path older = made.resolve("older.key");
        String key = first.key().toString();
        TestCertificate.openssl("pkcs8", "-topk8", "-in", key, "-passout", "pass:secret", "-out", encrypted.toString());
        TestCertificate.openssl(
                "rsa", "-aes256", "-traditional", "-in", key, "-passout", "pass:secret", "-out", older.toString());
        Path broken = made.resolve("broken.crt");
        Files.writeString(broken, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
        Path disordered = made.resolve("disordered.crt");
        Files.writeString(disordered, Files.readString(first.file()) + Files.readString(second.file()));

        assertThat(fault(made.resolve("none.crt"), first.key())).isEqualTo("TLS_CERT_FILE: 'none.crt' can't be read");
        assertThat(fault(first.file(), made)).startsWith("TLS_KEY_FILE: ").endsWith(" can't be read");
        assertThat(fault(first.key(), first.key())).isEqualTo("TLS_CERT_FILE: 'first.key' has no certificate in PEM");
        assertThat(fault(broken, first.key())).isEqualTo("TLS_CERT_FILE: certificate 1 of 'broken.crt' is broken");
        assertThat(fault(disordered, first.key()))
                .startsWith("TLS_CERT_FILE: certificate 2 of 'disordered.crt' is not of the issuer of the one before");
        assertThat(fault(first.file(), first.file())).isEqualTo("TLS_KEY_FILE: 'first.crt' has no private key in PEM");
        assertThat(fault(first.file(), encrypted))
                .isEqualTo(
                        "TLS_KEY_FILE: 'encrypted.key' is encrypted; decrypt it: openssl pkcs8 -topk8 -nocrypt -in encrypted.key -out tls.key");
        assertThat(fault(first.file(), older)).startsWith("TLS_KEY_FILE: 'older.key' is encrypted; ");
        assertThat(fault(first.file(), second.key()))
                .isEqualTo("TLS_KEY_FILE: 'second.key' has no key for a certificate of the algorithm RSA");
        TestCertificate other = TestCertificate.make(made, "other", "rsa:2048");
        assertThat(fault(first.file(), other.key()))
                .isEqualTo("TLS_KEY_FILE: 'other.key' is not the key of the certificate in 'first.crt'");
    }

    @Test
    void theServiceDoesNotStartWithWhatCantBeServed() {
        assertThatThrownBy(() -> TestReplica.start(
                        "postgres://h/d",
                        "TLS_CERT_FILE",
                        first.file().toString(),
                        "TLS_KEY_FILE",
                        second.key().toString()))
                .hasMessageContaining("TLS_KEY_FILE: '" + second.key() + "' has no key for a certificate of");
        assertThatThrownBy(() -> TestReplica.start(
                        "postgres://h/d", "TLS_CERT_FILE", first.file().toString()))
                .hasMessageContaining("TLS_KEY_FILE: must be set too, since TLS_CERT_FILE is");
        assertThatThrownBy(() -> TestReplica.start(
                        "postgres://h/d", "TLS_KEY_FILE", first.key().toString()))
                .hasMessageContaining("TLS_CERT_FILE: must be set too, since TLS_KEY_FILE is");
    }
}
