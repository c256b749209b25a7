package io.eventhandler.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.filter.ThresholdFilter;
import io.eventhandler.testing.Fuzzing;
import io.eventhandler.testing.LogCapture;
import io.eventhandler.testing.RawWebSocket;
import io.eventhandler.testing.Scrape;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestIssuer;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Whatever comes over the wire: no answer is a fault of the service's, and afterwards it answers, holds nothing, and has
 * stored what it acknowledged and nothing else.
 */
@ResourceLock("what the server logs of faults")
class TrafficFuzzTest {

    private static final int SILENCE_MILLIS = 100;
    private static final String END = "\r\n\r\n";
    private static final String ADMIN = TestReplica.ADMIN_KEY;
    private static final String CREDENTIAL = "Authorization: Bearer " + ADMIN;

    /** The pool is as small as can be, so that a connection that is not given back is missed. */
    private static final int POOL = 2;

    private static final Pattern ACKNOWLEDGED =
            Pattern.compile("\nEvent-Id: (\\d+)|\"first_id\":(\\d+),\"last_id\":(\\d+)(?:,\"ids\":\\[([\\d,]+)])?");

    private final TestDatabase database = TestDatabase.create();
    private final Set<Long> acknowledged = new TreeSet<>();
    private int lost; // publishes whose answers were not read
    private TestReplica replica;
    private LogCapture log;

    @BeforeEach
    void start() {
        log = LogCapture.of("io.eventhandler");
        var errors = new ThresholdFilter();
        errors.setLevel("ERROR");
        errors.start();
        log.addFilter(errors);
        replica = TestReplica.start(
                        database,
                        "DATABASE_POOL_SIZE",
                        String.valueOf(POOL),
                        "MAX_REPLAYS",
                        "1",
                        "MAX_EVENT_SIZE",
                        "64KiB",
                        "PING_INTERVAL",
                        "200ms",
                        "MANAGEMENT_PORT",
                        "0",
                        "AUTH",
                        "required",
                        "ADMIN_KEY",
                        ADMIN,
                        "JWT_SECRET",
                        ADMIN,
                        "JWT_ISSUER",
                        TestIssuer.ISSUER,
                        "JWT_AUDIENCE",
                        TestIssuer.AUDIENCE)
                .as(ADMIN);
        assertThat(replica.get("/events").status()).isEqualTo(200);
    }

    @AfterEach
    void stop() {
        replica.close();
        log.close();
    }

    private static String post(String headers, String body) {
        return "POST /publish HTTP/1.1\r\nHost: localhost\r\n%s\r\n%s\r\nContent-Length: %d%s%s"
                .formatted(CREDENTIAL, headers, body.getBytes(UTF_8).length, END, body);
    }

    private static String get(String target, String... headers) {
        return "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n%s%s"
                .formatted(target, CREDENTIAL, String.join("\r\n", headers), headers.length == 0 ? "\r\n" : END);
    }

    private static List<String> requests() {
        String json = "Content-Type: application/json";
        String event =
                "{\"event_name\":\"fuzz.a\",\"payload\":{\"a\":[1,\"x\"]},\"source\":\"s\",\"metadata\":{\"k\":\"v\"}}";
        String cloudEvent =
                "{\"specversion\":\"1.0\",\"type\":\"fuzz.c\",\"source\":\"/s\",\"id\":\"1\",\"data\":{},\"subject\":\"s\"}";
        String jwt = TestIssuer.token(
                ADMIN, TestIssuer.claims("[{\"actions\":[\"publish\"],\"event_names\":[\"fuzz.*\"]}]", ""));
        String subprotocol =
                "eventhandler.bearer." + Base64.getUrlEncoder().withoutPadding().encodeToString(ADMIN.getBytes(UTF_8));
        return List.of(
                post(json, event),
                post(json, event).replace(ADMIN, jwt),
                post(json, "{\"name\":\"a\",\"grants\":[{\"actions\":[\"publish\"],\"event_names\":[\"a\"]}]}")
                        .replace("/publish", "/keys"),
                post(json, "").replace("/publish", "/tickets"),
                get("/events/stream?ticket=0123456789abcdef&event_name=fuzz.*", "Origin: http://localhost")
                        .replace(CREDENTIAL, "Accept: text/event-stream"),
                post(json + "\r\nIdempotency-Key: \"k1\"\r\nExpect: 100-continue", event),
                post(json + "; charset=utf-8\r\nOrigin: http://localhost", "[%s,%s]".formatted(event, event)),
                post(json + "\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", event),
                post("Content-Type: application/cloudevents+json", cloudEvent),
                post("Content-Type: application/cloudevents-batch+json", "[" + cloudEvent + "]"),
                post(
                        json + "\r\nce-specversion: 1.0\r\nce-type: fuzz.b\r\nce-source: /s\r\nce-id: 2\r\nce-ext: %20",
                        "1"),
                "POST /publish HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + CREDENTIAL + "\r\n"
                        + json + END + "2c\r\n" + "{\"event_name\":\"fuzz.d\",\"payload\":\"chunked\"}  " + "\r\n0"
                        + END,
                post(json + "\r\nContent-Encoding: gzip", "x") + get("/events?limit=1"),
                get("/events?event_name=fuzz.*&source=s&payload=%7B%22a%22%3A%5B1%5D%7D&limit=5&order=asc&after=1"),
                get(
                        "/events?since=2024-01-01T00:00:00Z&until=2099-01-01T00:00:00%2B01:00",
                        "Accept: application/x-ndjson"),
                get("/events/1", "Accept: application/cloudevents+json;q=0.5, */*"),
                get("/events/stream?event_name=fuzz.*&after=0", "Last-Event-ID: 1"),
                "HEAD /events/stream?after=0 HTTP/1.1\r\nHost: localhost" + END,
                "OPTIONS /publish HTTP/1.1\r\nHost: localhost\r\nOrigin: http://a\r\nAccess-Control-Request-Method: POST"
                        + END,
                "DELETE /keys/0123456789abcdef HTTP/1.0\r\nAuthorization: Bearer eh_0123456789abcdef_x" + END,
                get(
                        "/ws",
                        "Upgrade: websocket",
                        "Connection: Upgrade",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                        "Sec-WebSocket-Version: 13",
                        "Sec-WebSocket-Protocol: eventhandler, cloudevents.json, " + subprotocol,
                        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"),
                get("/health/ready") + get("/metrics", "Accept: application/openmetrics-text; version=1.0.0"));
    }

    @Test
    void requestsOfAnyForm() throws Exception {
        Fuzzing.run(requests(), (input, mutations) -> {
            String answers = exchange(input);
            assertThat(answers).doesNotContain("HTTP/1.1 500", "internal error");
            addAcknowledged(answers);
        });
        assertNothingIsMissing();
    }

    /** All that the service answers, until it ends the connection or says nothing more. */
    private String exchange(byte[] request) throws IOException {
        var answer = new ByteArrayOutputStream();
        try (var socket =
                new Socket(InetAddress.getLoopbackAddress(), replica.service().port())) {
            socket.setSoTimeout(SILENCE_MILLIS);
            try {
                socket.getOutputStream().write(request);
                socket.shutdownOutput();
            } catch (SocketException e) {
                // It may have answered and left before it was asked to the end.
            }
            byte[] piece = new byte[8_192];
            for (int size = socket.getInputStream().read(piece); size >= 0; ) {
                answer.write(piece, 0, size);
                size = socket.getInputStream().read(piece);
            }
        } catch (SocketException | SocketTimeoutException e) {
            int publishes = new String(request, ISO_8859_1).split("publish", -1).length - 1;
            boolean isAnswered =
                    ACKNOWLEDGED.matcher(answer.toString(ISO_8859_1)).find();
            lost += publishes - (publishes == 1 && isAnswered ? 1 : 0);
        }
        return answer.toString(ISO_8859_1);
    }

    private void addAcknowledged(String answers) {
        Matcher ids = ACKNOWLEDGED.matcher(answers);
        while (ids.find()) {
            if (ids.group(1) != null) {
                acknowledged.add(Long.valueOf(ids.group(1)));
            } else if (ids.group(4) != null) {
                for (String id : ids.group(4).split(",", -1)) {
                    acknowledged.add(Long.valueOf(id));
                }
            } else {
                LongStream.rangeClosed(Long.parseLong(ids.group(2)), Long.parseLong(ids.group(3)))
                        .forEach(acknowledged::add);
            }
        }
    }

    private static byte[] frame(int first, byte[] payload) {
        var frame = new ByteArrayOutputStream();
        frame.write(first);
        frame.write(0x80 | Math.min(payload.length, 125));
        frame.writeBytes(new byte[4]);
        frame.write(payload, 0, Math.min(payload.length, 125));
        return frame.toByteArray();
    }

    @Test
    void framesOfAnyForm() throws Exception {
        byte[] command = "{\"action\":\"subscribe\",\"event_name\":\"fuzz.*\"}".getBytes(UTF_8);
        List<byte[]> samples = new ArrayList<>();
        for (int first : new int[] {0x81, 0x01, 0x80, 0x00, 0x82, 0x88, 0x89, 0x8a, 0xc1, 0x83, 0x8b, 0xf1}) {
            samples.add(frame(first, command));
        }
        samples.add(frame(0x88, new byte[] {3, (byte) 0xe8}));
        samples.add(frame(0x88, new byte[] {0}));
        samples.add(frame(0x89, new byte[0]));
        samples.add(new byte[] {(byte) 0x81, (byte) 0xff, 0x7f, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 1});
        samples.add(new byte[] {(byte) 0x81, (byte) 0xfe, 0, 1, 0, 0, 0, 0, '{', (byte) 0x81, 2, '{', '}'});
        Fuzzing.runBytes(samples, (input, mutations) -> {
            try (var socket = new RawWebSocket(replica.service().port(), 0, CREDENTIAL)) {
                for (int frames = mutations.random().nextInt(4); frames >= 0; frames--) {
                    socket.sendRaw(frames == 0 ? input : mutations.next());
                }
                if (mutations.random().nextBoolean()) {
                    socket.socket().shutdownOutput();
                    assertNoFault(socket);
                } else if (mutations.random().nextBoolean()) {
                    socket.socket().setSoLinger(true, 0);
                }
            } catch (SocketException e) {
                // It has left in the middle of it.
            }
        });
        assertNothingIsMissing();
    }

    @Test
    void commandsOfAnyForm() throws Exception {
        List<String> samples = List.of(
                "{\"action\":\"subscribe\",\"event_name\":\"fuzz.*\",\"after\":0,\"metadata\":true,\"request_id\":\"r\"}",
                "{\"action\":\"subscribe\",\"event_names\":[\"a\",\"fuzz.>\",\"*\"],\"last\":5}",
                "{\"action\":\"unsubscribe\",\"event_names\":[\"a\",\"fuzz.>\"]}",
                "{\"action\":\"authenticate\",\"token\":\"eh_0123456789abcdef_x\"}",
                "{\"action\":\"ping\",\"request_id\":\"r\"}");
        for (int n = 0; n < 20; n++) {
            acknowledged.add(replica.publish("fuzz." + n, "1").eventId());
        }
        Fuzzing.run(samples, (input, mutations) -> {
            try (var socket = new RawWebSocket(replica.service().port(), 0, CREDENTIAL)) {
                socket.send(1, true, input);
                for (int more = mutations.random().nextInt(20); more > 0; more--) {
                    socket.send(1, true, mutations.next());
                }
                socket.send(8, true, new byte[] {3, (byte) 0xe8});
                assertNoFault(socket);
            } catch (SocketException e) {
                // It has left in the middle of it.
            }
        });
        assertNothingIsMissing();
    }

    /** Whoever may log in to the database can send them. */
    @Test
    void notificationsOfAnyForm() throws Exception {
        String events = "3,1,1,-1,abcs1";
        List<String> samples = List.of(
                "5",
                "keys",
                "epoch 1234",
                "5 %s 5 1700000000000000 %s".formatted("0123456789abcdef".repeat(4), events),
                "9223372036854775807 x 1 2 " + events);
        try (Connection connection = database.connect();
                var notify = connection.prepareStatement("SELECT pg_notify('eventhandler', ?)")) {
            Fuzzing.run(samples, (input, mutations) -> {
                String text = new String(input, 0, Math.min(input.length, 2_000), UTF_8);
                notify.setString(1, text.replace("\0", ""));
                notify.execute();
            });
        }
        assertNothingIsMissing();
    }

    /** Reads until the connection is closed, which is not for a fault of the service's. */
    private static void assertNoFault(RawWebSocket socket) throws IOException {
        try {
            RawWebSocket.Frame frame = socket.receive();
            while (frame.opcode() != 8) {
                assertThat(frame.text()).doesNotContain("internal error");
                frame = socket.receive();
            }
            assertThat(frame.closeCode()).as(frame.text()).isNotEqualTo(1011);
        } catch (EOFException | SocketException e) {
            // It is cut: what came was no end of a WebSocket.
        }
    }

    private void assertNothingIsMissing() throws Exception {
        await().untilAsserted(() -> {
            Scrape scrape = Scrape.of(replica);
            for (String empty : List.of(
                    "eventhandler_publish_under_way",
                    "eventhandler_publish_held_bytes",
                    "eventhandler_append_queue_events",
                    "eventhandler_outbound_bytes",
                    "eventhandler_subscriptions",
                    "eventhandler_replays_active",
                    "eventhandler_connections{transport=\"sse\"}",
                    "eventhandler_connections{transport=\"websocket\"}")) {
                assertThat(scrape.get(empty)).as(empty).isZero();
            }
        });
        assertThat(replica.get("/health/ready").status()).isEqualTo(200);
        assertThat(replica.get("/health/live").status()).isEqualTo(200);
        try (TestSubscriber subscriber = replica.subscribe("whole");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            replica.publish("whole", "1");
            assertThat(subscriber.nextJson().get("event_name").stringValue()).isEqualTo("whole");
            List<Callable<Integer>> reads = new ArrayList<>();
            for (int n = 0; n < 4 * POOL; n++) {
                reads.add(() -> replica.get("/events?limit=1000").status());
            }
            for (Future<Integer> status : threads.invokeAll(reads)) {
                assertThat(status.get()).isEqualTo(200);
            }
        }
        assertThat(
                        database.queryLong(
                                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"))
                .isZero();
        assertThat(log.lines("")).isEmpty();
        Set<Long> stored = database
                .query("SELECT id FROM events WHERE event_name <> 'whole' AND event_name NOT LIKE 'eventhandler.%'")
                .stream()
                .map(Long::valueOf)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(stored).containsAll(acknowledged);
        if (lost == 0) {
            assertThat(stored).isEqualTo(acknowledged);
        }
        System.out.println("%d events were stored, %d answers to publishers were lost".formatted(stored.size(), lost));
    }
}
