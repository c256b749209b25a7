package io.eventhandler.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.RawHttp;
import io.eventhandler.testing.RawHttp.Answer;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What RFC 9110 and RFC 6455 demand of the answers to any request, on the wire. */
class HttpRulesTest {

    private static final String GET_ONLY = "GET, HEAD, OPTIONS";
    private static final String UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private static TestReplica replica;
    private static int port;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
        port = replica.service().port();
        replica.publish("first", "{\"a\":1}");
        replica.publish("second", "{\"a\":2}");
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    /** Headers that differ from one answer to the next. */
    private static Map<String, String> comparable(Answer answer) {
        Map<String, String> headers = new TreeMap<>(answer.headers());
        headers.remove("Date");
        return headers;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/events",
                "/events?limit=1",
                "/events?limit=x",
                "/events/1",
                "/events/999",
                "/events/x",
                "/events/stream?limit=1",
                "/health/live",
                "/health/ready",
                "/openapi.json",
                "/docs",
                "/ws",
                "/nowhere"
            })
    void headIsGetWithoutContent(String path) {
        Answer get = RawHttp.request(port, "GET " + path + " HTTP/1.1");
        Answer head = RawHttp.request(port, "HEAD " + path + " HTTP/1.1");
        assertThat(head.status()).isEqualTo(get.status());
        assertThat(comparable(head)).isEqualTo(comparable(get));
        assertThat(head.headers())
                .containsEntry("Content-Length", String.valueOf(get.body().getBytes(UTF_8).length));
        assertThat(head.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/events/stream"})
    void headOfWhatChangesOrNeverEndsHasTheSameHeaders(String path) {
        Answer head = RawHttp.request(port, "HEAD " + path + " HTTP/1.1");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.headers()).containsKeys("Content-Type", "Date");
        assertThat(head.body()).isEmpty();
    }

    @Test
    void headOfAnExportReadsNothing() {
        Answer head = RawHttp.request(port, "HEAD /events HTTP/1.1", "Accept: application/x-ndjson");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.headers()).containsEntry("Content-Type", "application/x-ndjson");
        assertThat(head.body()).isEmpty();
        assertThat(RawHttp.request(port, "HEAD /events?limit=x HTTP/1.1", "Accept: application/x-ndjson")
                        .status())
                .isEqualTo(422);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/publish | POST, OPTIONS",
                "/events | " + GET_ONLY,
                "/events/1 | " + GET_ONLY,
                "/events/stream | " + GET_ONLY,
                "/ws | " + GET_ONLY,
                "/health/live | " + GET_ONLY,
                "/health/ready | " + GET_ONLY,
                "/metrics | " + GET_ONLY,
                "/openapi.json | " + GET_ONLY,
                "/asyncapi.json | " + GET_ONLY,
                "/docs | " + GET_ONLY
            })
    void aMethodThatAPathDoesNotTakeIsToldThoseThatItTakes(String path, String allow) {
        Set<String> refused = new TreeSet<>(List.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE"));
        refused.removeAll(List.of(allow.split(", ")));
        for (String method : refused) {
            Answer answer = RawHttp.request(port, method + " " + path + " HTTP/1.1", "Content-Length: 0");
            assertThat(answer.status()).as(method).isEqualTo(405);
            assertThat(answer.headers())
                    .as(method)
                    .containsEntry("Allow", allow)
                    .containsKeys("Date");
            if (!method.equals("HEAD")) {
                assertThat(answer.message()).isEqualTo(path + " does not take " + method);
            }
        }
        Answer options = RawHttp.request(port, "OPTIONS " + path + " HTTP/1.1");
        assertThat(options.status()).isEqualTo(204);
        assertThat(options.headers()).containsEntry("Allow", allow).doesNotContainKey("Content-Length");
        assertThat(options.body()).isEmpty();
        Answer unknown = RawHttp.request(port, "BREW " + path + " HTTP/1.1");
        assertThat(unknown.status()).isEqualTo(501);
        assertThat(unknown.message()).isEqualTo("there is no method 'BREW'");
    }

    @Test
    void optionsOfTheServerAsAWhole() {
        Answer answer = RawHttp.request(port, "OPTIONS * HTTP/1.1");
        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.headers()).containsEntry("Allow", "DELETE, GET, HEAD, OPTIONS, POST");
    }

    @Test
    void whoAsksForNoUpgradeIsToldWhatToAskFor() {
        for (String request : List.of(
                "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + KEY + "Sec-WebSocket-Version: 8\r\n\r\n")) {
            Answer answer = RawHttp.send(port, request);
            assertThat(answer.status()).as(request).isEqualTo(426);
            assertThat(answer.headers())
                    .as(request)
                    .containsEntry("Upgrade", "websocket")
                    .containsEntry("Sec-WebSocket-Version", "13");
            assertThat(answer.headers().get("Connection")).as(request).containsIgnoringCase("upgrade");
            assertThat(answer.message()).isEqualTo("/ws speaks WebSocket: send an upgrade request for version 13");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /websocket", "GET /", "GET /ws/", "POST /websocket", "GET /ws/x?a=b", "PUT /nowhere"})
    void anUpgradeElsewhereIsNotFoundAndLeavesNoSession(String request) {
        Answer answer = RawHttp.send(
                port,
                request + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: Upgrade, close\r\n"
                        + "Upgrade: websocket\r\n" + KEY + "Sec-WebSocket-Version: 13\r\n\r\n");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.headers()).doesNotContainKey("Set-Cookie");
        assertThat(answer.message()).startsWith("there is nothing at /");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /events", "GET /health/live", "GET /docs", "POST /events", "POST /ws", "GET /publish"})
    void anUpgradeOfAnotherPathIsIgnored(String request) {
        String headers = " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close";
        Answer plain = RawHttp.send(port, request + headers + "\r\n\r\n");
        Answer upgrade = RawHttp.send(
                port,
                request + headers + ", Upgrade\r\nUpgrade: websocket\r\n" + KEY + "Sec-WebSocket-Version: 13\r\n\r\n");
        assertThat(upgrade.status()).isEqualTo(plain.status());
        assertThat(comparable(upgrade)).isEqualTo(comparable(plain)).doesNotContainKey("Set-Cookie");
        assertThat(upgrade.body()).isEqualTo(plain.body());
    }

    /** Refused by the server itself: the answer says so in the envelope, and ends the connection if it can't go on. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /events HTTP/1.1 | 400", // without a Host
                "GET /events HTTP/1.1\\r\\nHost: a\\r\\nHost: b | 400",
                "GET /events HTTP/1.1\\r\\nHost: a b | 400",
                "GET /events HTTP/1.1\\r\\nHost: localhost:99999999 | 400",
                "GET /events HTTP/1.1\\r\\nHost: localhost\\r\\nBad Header: 1 | 400",
                "GET /events HTTP/1.1\\r\\nHost : x | 400",
                "GET /%zz HTTP/1.1\\r\\nHost: localhost | 400",
                "GET /events/%2e%2e/publish HTTP/1.1\\r\\nHost: localhost | 400",
                "GET /events/a%2Fb HTTP/1.1\\r\\nHost: localhost | 400",
                "GET  HTTP/1.1\\r\\nHost: localhost | 505", // as HTTP/0.9 would have it
                "GET /long-LONG HTTP/1.1\\r\\nHost: localhost | 414",
                "GET /events HTTP/1.1\\r\\nHost: localhost\\r\\nX-Large: LONG | 431",
                "GET /events HTTP/2.5\\r\\nHost: localhost | 505",
                "GET /events HTTP/9.9\\r\\nHost: localhost | 505",
                "POST /publish HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: abc | 400",
                "POST /publish HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 1\\r\\nContent-Length: 2 | 400",
                "POST /publish HTTP/1.1\\r\\nHost: localhost\\r\\nTransfer-Encoding: gzip | 400",
                "GET /ws HTTP/1.1\\r\\nHost: localhost\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Version: 13 | 400",
                "GET /ws HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Version: 13 | 400"
            })
    void whatIsNotHttpIsRefusedInTheEnvelope(String request, int status) {
        String text = request.replace("\\r\\n", "\r\n").replace("LONG", "x".repeat(20_000)) + "\r\n\r\n";
        Answer answer = RawHttp.send(port, text);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers())
                .containsEntry("Content-Type", "application/json")
                .containsKeys("Date", "Content-Length");
        assertThat(answer.json().get("status").stringValue()).isEqualTo("error");
        assertThat(answer.message()).isNotEmpty().doesNotContain("Exception", "org.eclipse", "java.");
        assertThat(answer.message().length()).isLessThan(500);
    }

    /** A filter that is not understood must not count as none. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/events?source=50%off | source",
                "/events?source=%4 | source",
                "/events?source=% | source",
                "/events?source=%+1 | source",
                "/events?source=%c3%28 | source",
                "/events?source=%ed%a0%80 | source",
                "/events?event_name=first&event_name=%zz | event_name",
                "/events?payload={%22a%22:%} | payload",
                "/events?after=%31%x | after",
                "/events?before=%x | before",
                "/events?since=%x | since",
                "/events?until=%x | until",
                "/events?order=%x | order",
                "/events?limit=%x | limit",
                "/events?so%urce=1 | so%urce=1",
                "/events/stream?event_name=50%off | event_name",
                "/events/stream?event_name=%ff | event_name",
                "/events/stream?after=%x | after",
                "/events/stream?%zz | %zz"
            })
    void aQueryThatCanNotBeDecodedIsRefusedAndTheParameterNamed(String path, String name) {
        for (String accept :
                List.of("application/json", "application/x-ndjson", "application/cloudevents-batch+json")) {
            Answer answer = RawHttp.request(port, "GET " + path + " HTTP/1.1", "Accept: " + accept);
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.message()).startsWith("the query parameter '%s' can't be decoded from '".formatted(name));
        }
    }

    @Test
    void bytesOfAQueryThatAreNotUtf8AreRefused() {
        assertThat(RawHttp.request(port, "GET /events?source=\u00ff HTTP/1.1").status())
                .isEqualTo(400);
        assertThat(RawHttp.request(port, "GET /events/stream?event_name=\u00e4 HTTP/1.1")
                        .status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"source=a+b%20c", "source=%F0%9F%98%80", "source=%C3%A4&", "&&source=x%3d=&event_name=first"})
    void anyQueryThatCanBeDecodedIsAnswered(String query) {
        assertThat(RawHttp.request(port, "GET /events?" + query + " HTTP/1.1").status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /LONG",
                "PUT /LONG",
                "LONG /events",
                "GET /events/LONG",
                "GET /events?LONG=1",
                "GET /events?LONG=%",
                "GET /events?source=%LONG",
                "GET /events?event_name=LONG",
                "GET /events?event_name=>LONG",
                "GET /events?after=LONG",
                "GET /events?since=LONG",
                "GET /events?order=LONG",
                "GET /events?limit=LONG",
                "GET /events?payload=LONG",
                "GET /events?payload=%5BLONG",
                "GET /events/stream?LONG",
                "GET /events/stream?after=LONG",
                "GET /events/stream?event_name=a..LONG",
                "GET /ws?LONG"
            })
    void noAnswerRepeatsMuchOfWhatWasSent(String request) {
        Answer answer = RawHttp.request(port, request.replace("LONG", ">".repeat(5_000)) + " HTTP/1.1");
        assertThat(answer.status()).isBetween(400, 501);
        assertThat(answer.message()).isNotEmpty();
        assertThat(answer.body().length()).isLessThan(600);
        assertThat(answer.message())
                .doesNotContain("Source:", "REDACTED", "Exception", "tools.jackson", "com.fasterxml", "org.eclipse");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            GET /events   | Accept: "                               | 200
            GET /events   | Accept: application/json;q=", */*       | 200
            GET /events   | Accept: ;q=0.1                          | 200
            POST /publish | Content-Type: "application/json         | 415
            POST /publish | Content-Encoding: "gzip                 | 415
            POST /publish | ce-specversion: 1.0\\r\\nContent-Type: "  | 415
            GET /ws       | Sec-WebSocket-Protocol: eventhandler.bearer.eA, "   | 426
            GET /events   | Authorization: Bearer "                 | 200
            """)
    void aMalformedListIsNoFaultOfTheService(String request, String header, int status) {
        assertThat(RawHttp.request(port, request + " HTTP/1.1", header.translateEscapes(), "Content-Length: 0")
                        .status())
                .isEqualTo(status);
    }

    @Test
    void aPageLinksToTheNextWhateverIsBeforeItsPath() {
        Answer page = RawHttp.request(port, "GET /events?limit=1&source=api HTTP/1.1");
        String link = page.headers().getOrDefault("Link", "");
        assertThat(link).endsWith(">; rel=\"next\"");
        URI next = URI.create("https://example.com/some/prefix/events?limit=1&source=api")
                .resolve(link.substring(1, link.indexOf('>')));
        assertThat(next).hasHost("example.com").hasPath("/some/prefix/events");
        assertThat(next.getQuery()).contains("limit=1").contains("source=api").contains("before=");
    }
}
