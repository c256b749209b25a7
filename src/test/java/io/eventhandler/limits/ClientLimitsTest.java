package io.eventhandler.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.RawHttp;
import io.eventhandler.testing.Scrape;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestEventSource;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.TestSubscriber;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one client may take of a replica, by key and by address. */
class ClientLimitsTest {

    private static final String ADMIN = TestReplica.ADMIN_KEY;
    private static final TestDatabase DATABASE = TestDatabase.create();

    private static String key(TestReplica replica) {
        return replica.as(ADMIN)
                .post(
                        "/keys",
                        "{\"name\":\"a\",\"grants\":[{\"actions\":[\"publish\",\"subscribe\"],\"event_names\":[\">\"]}]}",
                        "application/json")
                .json()
                .at("/data/key")
                .stringValue();
    }

    private static double limited(TestReplica replica, String limit) {
        Answer metrics = replica.as(ADMIN).get("/metrics");
        return metrics.body()
                .lines()
                .filter(line -> line.startsWith("eventhandler_limited_total{limit=\"%s\"}".formatted(limit)))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .findFirst()
                .orElseThrow();
    }

    private static String batch(int events) {
        return IntStream.range(0, events)
                .mapToObj(i -> "{\"event_name\":\"rate.a\",\"payload\":%d}".formatted(i))
                .collect(java.util.stream.Collectors.joining(",", "[", "]"));
    }

    @Test
    void aKeyPublishesAtItsRateAndNothingOfWhatIsRefusedIsStored() {
        try (TestReplica replica = TestReplica.startGuarded(DATABASE, "MAX_PUBLISH_RATE", "10")) {
            TestReplica client = replica.as(key(replica));
            assertThat(client.post(batch(600)).status()).isEqualTo(200); // from a full bucket
            long stored = DATABASE.queryLong("SELECT events_head()");
            Answer refused = client.publish("rate.a", "1");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(30, 60);
            assertThat(refused.message())
                    .matches("too many events: MAX_PUBLISH_RATE is 10 a second, try again in \\d+ s");
            assertThat(DATABASE.queryLong("SELECT events_head()")).isEqualTo(stored);
            assertThat(replica.as(key(replica)).publish("rate.a", "1").status()).isEqualTo(200);
            assertThat(limited(replica, "publish_rate")).isEqualTo(1);
        }
    }

    @Test
    void withoutCredentialsAnAddressPublishesAtItsRate() {
        try (TestReplica replica =
                TestReplica.start(DATABASE, "MAX_PUBLISH_RATE", "1", "TRUSTED_PROXIES", "127.0.0.1")) {
            assertThat(publishFrom(replica, "X-Forwarded-For", "192.0.2.1")).isEqualTo(200);
            assertThat(replica.post(batch(100)).status()).isEqualTo(200);
            assertThat(replica.publish("rate.a", "1").status()).isEqualTo(429);
            assertThat(publishFrom(replica, "X-Forwarded-For", "192.0.2.2")).isEqualTo(200);
        }
    }

    private static int publishFrom(TestReplica replica, String header, String value) {
        return TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                        .header("Content-Type", "application/json")
                        .header(header, value)
                        .POST(BodyPublishers.ofString(batch(50))))
                .status();
    }

    /** The second publish comes from who the first one came from, or not. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            X-Forwarded-For | 192.0.2.1                                  | X-Forwarded-For | 6.6.6.6, 192.0.2.1                  | true
            X-Forwarded-For | 192.0.2.1                                  | X-Forwarded-For | 192.0.2.2                           | false
            X-Forwarded-For | 192.0.2.1                                  | X-Forwarded-For | 192.0.2.1, 10.1.2.3, 127.0.0.1      | true
            X-Forwarded-For | 192.0.2.1                                  | X-Forwarded-For | 192.0.2.1:4711                      | true
            X-Forwarded-For | 192.0.2.1                                  | Forwarded       | for=192.0.2.1                       | true
            X-Forwarded-For | 192.0.2.1                                  | Forwarded       | for=6.6.6.6, For="192.0.2.1:81";proto=https | true
            X-Forwarded-For | ::ffff:192.0.2.1                           | Forwarded       | for=192.0.2.1                       | true
            Forwarded       | for="[2001:db8::1]:4711"                   | X-Forwarded-For | 2001:db8:0:0:ffff::1                | true
            Forwarded       | for="[2001:db8::1]"                        | X-Forwarded-For | 2001:db8:0:1::1                     | false
            Forwarded       | for=_hidden                                | X-Forwarded-For | nonsense                            | true
            Forwarded       | for=unknown                                | X-Forwarded-For | 127.0.0.1                           | true
            Forwarded       | by=192.0.2.1                               | Forwarded       | for="192.0.2.1                      | true
            Forwarded       | for=192.0.2.7, for=10.0.0.1                | X-Forwarded-For | 192.0.2.7                           | true
            Forwarded       | for=192.0.2.7:99999                        | X-Forwarded-For | 127.0.0.1                           | true
            """)
    void aTrustedProxySaysWhoItsClientIs(
            String header, String value, String secondHeader, String secondValue, boolean isSame) {
        try (TestReplica replica =
                TestReplica.start(DATABASE, "MAX_PUBLISH_RATE", "1", "TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8")) {
            assertThat(publishFrom(replica, header, value)).isEqualTo(200);
            assertThat(publishFrom(replica, secondHeader, secondValue)).isEqualTo(isSame ? 429 : 200);
        }
    }

    @Test
    void whatOthersSayOfTheirAddressCountsForNothing() {
        try (TestReplica replica =
                TestReplica.start(DATABASE, "MAX_PUBLISH_RATE", "1", "TRUSTED_PROXIES", "10.0.0.0/8,::1")) {
            assertThat(publishFrom(replica, "X-Forwarded-For", "192.0.2.1")).isEqualTo(200);
            assertThat(publishFrom(replica, "X-Forwarded-For", "192.0.2.2")).isEqualTo(429);
            assertThat(publishFrom(replica, "Forwarded", "for=192.0.2.3")).isEqualTo(429);
        }
    }

    private static int upgrade(TestReplica client, List<TestSubscriber> open) {
        try {
            TestSubscriber subscriber = client.connect();
            subscriber.awaitPong();
            open.add(subscriber);
            return 101;
        } catch (CompletionException e) {
            return e.getCause() instanceof WebSocketHandshakeException refusal
                    ? refusal.getResponse().statusCode()
                    : 0;
        }
    }

    @ParameterizedTest
    @CsvSource({"MAX_CONNECTIONS_PER_KEY, connections_per_key", "MAX_CONNECTIONS_PER_ADDRESS, connections_per_address"})
    void connectionsAreCountedWhateverEndsThem(String setting, String limit) throws Exception {
        try (TestReplica replica = TestReplica.startGuarded(DATABASE, setting, "3")) {
            String token = key(replica);
            TestReplica client = replica.as(token);
            for (int round = 0; round < 3; round++) {
                List<TestSubscriber> open = new ArrayList<>();
                assertThat(upgrade(client, open)).isEqualTo(101);
                assertThat(upgrade(client, open)).isEqualTo(101);
                for (int i = 0; i < 20; i++) { // upgrades that fail take nothing
                    assertThat(RawHttp.send(
                                            replica.service().port(),
                                            "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                                    + "Sec-WebSocket-Version: 13\r\nAuthorization: Bearer " + token
                                                    + "\r\n\r\n")
                                    .status())
                            .isEqualTo(400);
                }
                assertThat(upgrade(client, open)).isEqualTo(101);
                assertThat(upgrade(client, open)).isEqualTo(429);
                Answer refused = client.get("/events/stream");
                assertThat(refused.status()).isEqualTo(429);
                assertThat(refused.message())
                        .isEqualTo("too many connections: %s is 3, try again when one has ended".formatted(setting));
                open.forEach(TestSubscriber::close);
                await().until(() -> client.as(ADMIN)
                        .get("/metrics")
                        .body()
                        .contains("eventhandler_connections{transport=\"websocket\"} 0.0"));
            }
            assertThat(limited(replica, limit)).isEqualTo(6);
        }
    }

    @Test
    void anEventStreamTakesOneToo() {
        try (TestReplica replica =
                TestReplica.start(DATABASE, "MAX_CONNECTIONS_PER_ADDRESS", "1", "PING_INTERVAL", "100ms")) {
            for (int round = 0; round < 3; round++) {
                try (var stream = new TestEventSource(replica.uri("/events/stream"), null)) {
                    stream.awaitRetryMillis();
                    assertThat(replica.get("/events/stream").status()).isEqualTo(429);
                }
                await().until(() -> Scrape.of(replica).get("eventhandler_connections{transport=\"sse\"}") == 0);
            }
        }
    }

    @Test
    void whoTriesCredentialsIsRefusedWithoutALookAtTheDatabase() {
        try (TestReplica replica =
                TestReplica.startGuarded(DATABASE, "MAX_REFUSALS", "1", "TRUSTED_PROXIES", "127.0.0.1")) {
            String good = key(replica);
            assertThat(statusFrom(replica, "192.0.2.9", good)).isEqualTo(200); // is known from now on
            String unknown = key(replica);
            for (int i = 0; i < 30; i++) {
                statusFrom(replica, "192.0.2.9", "eh_%016x_%s".formatted(i, "x".repeat(43)));
            }
            assertThat(statusFrom(replica, "192.0.2.9", "eh_0123456789abcdef_" + "y".repeat(43)))
                    .isEqualTo(429);
            assertThat(statusFrom(replica, "192.0.2.9", good)).isEqualTo(200);
            assertThat(statusFrom(replica, "192.0.2.8", unknown)).isEqualTo(200);
            assertThat(limited(replica, "refusals")).isPositive();
        }
    }

    private static int statusFrom(TestReplica replica, String address, String token) {
        return TestReplica.send(replica.as(token).request("/events?limit=1").header("X-Forwarded-For", address))
                .status();
    }

    @Test
    void aKeyHasItsShareOfTheHistory() throws Exception {
        try (TestReplica replica = TestReplica.startGuarded(DATABASE, "MAX_HISTORY_PER_KEY", "1")) {
            String token = key(replica);
            TestReplica client = replica.as(token);
            for (int i = 0; i < 8; i++) {
                client.publish("large.a", "\"%s\"".formatted("x".repeat(900_000)));
            }
            for (int round = 0; round < 2; round++) {
                try (Socket unread = open( // 7 MB
                        replica,
                        "GET /events?event_name=large.*&order=asc HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n"
                                + "Authorization: Bearer " + token + "\r\n\r\n")) {
                    assertThat(unread.isConnected()).isTrue();
                    await().until(() -> client.get("/events?limit=1").status() == 429);
                    assertThat(client.get("/events/1").status()).isEqualTo(429);
                    assertThat(replica.as(ADMIN).get("/events?limit=1").status())
                            .isEqualTo(200);
                }
                await().until(() -> client.get("/events?limit=1").status() == 200);
            }
        }
    }

    @Test
    void manyHalfOpenAndSlowConnectionsHoldNobodyUp() throws Exception {
        try (TestReplica replica =
                TestReplica.start(DATABASE, "HEADER_TIMEOUT", "2s", "BODY_TIMEOUT", "2s", "MAX_REFUSALS", "0")) {
            List<Socket> sockets = new ArrayList<>();
            try {
                for (int i = 0; i < 500; i++) {
                    String half = i % 10 == 0
                            ? "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
                            : "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: webso";
                    sockets.add(open(replica, half));
                }
                assertThat(replica.publish("slow.a", "1").status()).isEqualTo(200);
                for (Socket socket : sockets) {
                    assertThat(status(socket)).isEqualTo("HTTP/1.1 408");
                }
            } finally {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
            await().until(() -> Scrape.of(replica).get("eventhandler_publish_held_bytes") == 0);
            await().until(() -> Scrape.of(replica).get("eventhandler_publish_under_way") == 0);
        }
    }

    @Test
    void beyondMaxSocketsConnectionsWait() throws Exception {
        try (TestReplica replica = TestReplica.start(DATABASE, "MAX_SOCKETS", "2", "MANAGEMENT_PORT", "0")) {
            assertThat(Scrape.of(replica).get("eventhandler_sockets_accepting")).isEqualTo(1);
            String request = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
            try (Socket first = open(replica, request);
                    Socket second = open(replica, request);
                    Socket third = open(replica, request)) {
                assertThat(status(first)).isEqualTo("HTTP/1.1 200");
                assertThat(status(second)).isEqualTo("HTTP/1.1 200");
                Scrape full = Scrape.of(replica);
                assertThat(full.get("eventhandler_sockets")).isEqualTo(2);
                assertThat(full.get("eventhandler_sockets_capacity")).isEqualTo(2);
                assertThat(full.get("eventhandler_sockets_accepting")).isZero();
                first.shutdownOutput();
                assertThat(status(third)).isEqualTo("HTTP/1.1 200");
            }
        }
    }

    private static Socket open(TestReplica replica, String text) throws IOException {
        var socket =
                new Socket(InetAddress.getLoopbackAddress(), replica.service().port());
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String status(Socket socket) throws IOException {
        return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    }

    @Test
    void wrongProxiesAreNamed() {
        assertThatThrownBy(() -> TestReplica.start(DATABASE, "TRUSTED_PROXIES", "10.0.0.0/8,proxy.local"))
                .hasMessageContaining("TRUSTED_PROXIES: 'proxy.local' is no address or network such as 10.0.0.0/8");
        assertThatThrownBy(() -> TestReplica.start(DATABASE, "TRUSTED_PROXIES", "10.0.0.0/33"))
                .hasMessageContaining("'10.0.0.0/33' is no address or network");
    }
}
