package io.eventhandler.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.testing.RawHttp;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What pages of browsers may do, by where they come from, and under which names a private service is reached. */
class OriginsTest {

    private static final String ADMIN = TestReplica.ADMIN_KEY;
    private static final String APP = "https://app.example";
    private static final String EVENT = "{\"event_name\":\"a\",\"payload\":1}";
    private static final TestDatabase DATABASE = TestDatabase.create();

    private static TestReplica replica;
    private static TestReplica open;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(
                DATABASE, "ALLOWED_ORIGINS", "HTTPS://app.example:443, http://[::1]:3000", "AUTH", "none");
        open = TestReplica.start(DATABASE, "ALLOWED_ORIGINS", "*", "AUTH", "required", "ADMIN_KEY", ADMIN);
    }

    @AfterAll
    static void stop() {
        replica.close();
        open.close();
    }

    private static RawHttp.Answer askAs(String host, TestReplica of, String request, String... headers) {
        List<String> lines = new ArrayList<>(List.of(request + " HTTP/1.1", "Host: " + host, "Connection: close"));
        lines.addAll(List.of(headers));
        String body = request.startsWith("POST") ? EVENT : "";
        lines.add("Content-Length: " + body.length());
        return RawHttp.send(of.service().port(), String.join("\r\n", lines) + "\r\n\r\n" + body);
    }

    private static RawHttp.Answer ask(TestReplica of, String request, String... headers) {
        return askAs("localhost:" + of.service().port(), of, request, headers);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "null",
                "http://app.example",
                "https://app.example:8443",
                "https://app.example.evil.example",
                "https://sub.app.example",
                "http://localhost",
                "http://localhost:1"
            })
    void aPageOfAnotherOriginCanDoNothing(String origin) {
        long head = DATABASE.queryLong("SELECT events_head()");
        String from = "Origin: " + origin;
        for (String type : List.of("application/json", "text/plain", "")) {
            RawHttp.Answer publish =
                    ask(replica, "POST /publish", from, type.isEmpty() ? "A: b" : "Content-Type: " + type);
            assertThat(publish.status()).isEqualTo(403);
            assertThat(publish.message())
                    .isEqualTo("a page of '%s' may not use this service: ALLOWED_ORIGINS does not name it"
                            .formatted(origin));
        }
        assertThat(DATABASE.queryLong("SELECT events_head()")).isEqualTo(head);
        for (String request : List.of(
                "GET /events/stream",
                "HEAD /events/stream",
                "GET /ws",
                "POST /keys",
                "DELETE /keys/1",
                "POST /nowhere")) {
            assertThat(ask(replica, request, from).status()).as(request).isEqualTo(403);
        }
        RawHttp.Answer upgrade = ask(
                replica,
                "GET /ws",
                from,
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        assertThat(upgrade.status()).isEqualTo(403);
        for (String request : List.of("GET /events", "GET /openapi.json", "GET /nowhere", "OPTIONS /publish")) {
            RawHttp.Answer answer = ask(replica, request, from, "Access-Control-Request-Method: POST");
            assertThat(answer.headers().get("Vary")).as(request).contains("Origin");
            assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("Access-Control-"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {APP, "http://[::1]:3000"})
    void aPageOfAnAllowedOriginCanDoAllAndSeesIt(String origin) {
        String from = "Origin: " + origin;
        RawHttp.Answer published = ask(replica, "POST /publish", from, "Content-Type: application/json");
        assertThat(published.status()).isEqualTo(200);
        for (RawHttp.Answer answer : List.of(
                published,
                ask(replica, "POST /publish", from),
                ask(replica, "GET /events", from),
                ask(replica, "GET /nowhere", from),
                ask(replica, "GET /ws", from),
                ask(replica, "HEAD /events/stream", from))) {
            assertThat(answer.headers().get("Vary")).contains("Origin");
            assertThat(answer.headers())
                    .containsEntry("Access-Control-Allow-Origin", origin)
                    .containsEntry(
                            "Access-Control-Expose-Headers",
                            "Event-Id, Idempotency-Replayed, Log-Epoch, Link, Retry-After, WWW-Authenticate")
                    .doesNotContainKeys("Access-Control-Allow-Credentials", "Set-Cookie");
        }
        RawHttp.Answer preflight = ask(
                replica,
                "OPTIONS /publish",
                from,
                "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: authorization,content-type");
        assertThat(preflight.status()).isEqualTo(204);
        assertThat(preflight.headers())
                .containsEntry("Access-Control-Allow-Origin", origin)
                .containsEntry("Access-Control-Allow-Methods", "POST, OPTIONS")
                .containsEntry(
                        "Access-Control-Allow-Headers",
                        "Authorization, Content-Type, Content-Encoding, Idempotency-Key, Last-Event-ID, traceparent, tracestate, *")
                .containsEntry("Access-Control-Max-Age", "7200")
                .containsEntry("Vary", "Origin");
    }

    @Test
    void theServicesOwnPagesAndWhatIsNoPageAreLetIn() {
        int port = replica.service().port();
        for (String[] pair : new String[][] {
            {"localhost:" + port, "http://localhost:" + port},
            {"127.0.0.1:" + port, "http://127.0.0.1:" + port},
            {"[::1]:" + port, "http://[::1]:" + port},
            {"localhost", "https://localhost"},
            {"localhost:443", "https://localhost"},
            {"LOCALHOST:80", "http://localhost"}
        }) {
            RawHttp.Answer answer =
                    askAs(pair[0], replica, "POST /publish", "Origin: " + pair[1], "Content-Type: application/json");
            assertThat(answer.status()).as(pair[1]).isEqualTo(200);
        }
        RawHttp.Answer plain = ask(replica, "POST /publish", "Content-Type: application/json");
        assertThat(plain.status()).isEqualTo(200);
        assertThat(plain.headers()).doesNotContainKeys("Vary", "Access-Control-Allow-Origin");
    }

    @Test
    void allOriginsMayBeAllowedWhereEachRequestShowsACredential() {
        String from = "Origin: https://anything.example";
        RawHttp.Answer preflight = ask(open, "OPTIONS /keys/1", from, "Access-Control-Request-Method: DELETE");
        assertThat(preflight.status()).isEqualTo(204);
        assertThat(preflight.headers())
                .containsEntry("Access-Control-Allow-Origin", "*")
                .containsEntry("Access-Control-Allow-Methods", "DELETE, OPTIONS");
        String type = "Content-Type: application/json";
        assertThat(ask(open, "POST /publish", from, type).status()).isEqualTo(401);
        RawHttp.Answer published = ask(open, "POST /publish", from, type, "Authorization: Bearer " + ADMIN);
        assertThat(published.status()).isEqualTo(200);
        assertThat(published.headers()).containsEntry("Access-Control-Allow-Origin", "*");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            *                          | * lets every page that anybody looks at use the service, so it needs AUTH=required
            https://a.example, *       | * lets every page
            null                       | 'null' is not an origin
            a.example                  | 'a.example' is not an origin
            https://a.example/         | 'https://a.example/' is not an origin
            https://a.example,         | '' is not an origin
            https://*.example          | is not an origin
            """)
    void whatIsNoOriginIsNotTaken(String value, String message) {
        assertThatThrownBy(() -> TestReplica.start(DATABASE, "ALLOWED_ORIGINS", value))
                .hasMessageContaining("ALLOWED_ORIGINS: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1:8080", "[::1]:1", "LocalHost"})
    void aPrivateServiceIsReachedUnderLocalNames(String host) {
        assertThat(askAs(host, replica, "GET /events").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rebound.example",
                "rebound.example:8080",
                "localhost.rebound.example",
                "127.0.0.1.nip.io",
                "127.0.0.2"
            })
    void aPrivateServiceIsReachedUnderNoOtherName(String host) {
        String name = host.replaceFirst(":.*", "");
        for (String request : List.of(
                "GET /events",
                "POST /publish",
                "GET /ws",
                "GET /events/stream",
                "GET /docs",
                "GET /health/ready",
                "OPTIONS /publish",
                "GET /nowhere")) {
            RawHttp.Answer answer = askAs(host, replica, request, "Origin: http://" + host);
            assertThat(answer.status()).as(request).isEqualTo(421);
            assertThat(answer.message())
                    .isEqualTo(
                            "without AUTH this service is for its own machine: the Host must be localhost, 127.0.0.1 or [::1], not '%s'"
                                    .formatted(name));
        }
        assertThat(askAs(host, open, "GET /docs").status()).isEqualTo(200);
    }

    @Test
    void whoNamesNoHostIsNoBrowser() {
        assertThat(RawHttp.send(replica.service().port(), "GET /health/ready HTTP/1.0\r\n\r\n")
                        .status())
                .isEqualTo(200);
    }
}
