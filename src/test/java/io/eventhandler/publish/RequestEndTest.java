package io.eventhandler.publish;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.Gzip;
import io.eventhandler.testing.Scrape;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** However a request to publish ends, it leaves nothing behind. The replica has room for one large body. */
class RequestEndTest {

    private static final String EVENT = "{\"event_name\":\"end\",\"payload\":1}";
    private static final int ROOM = 4 << 20;
    private static final int TRAILER = "0\r\nTrailer: x\r\n\r\n".length();

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(
                TestDatabase.create(),
                "MAX_PENDING_SIZE",
                String.valueOf(ROOM),
                "BODY_TIMEOUT",
                "1s",
                "MIN_BODY_RATE",
                "1MiB",
                "HEADER_TIMEOUT",
                "1s");
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    @AfterEach
    void leavesNothingBehind() {
        await().untilAsserted(() -> {
            Scrape scrape = Scrape.of(replica);
            assertThat(scrape.get("eventhandler_publish_held_bytes")).isZero();
            assertThat(scrape.get("eventhandler_publish_under_way")).isZero();
        });
    }

    private static Socket connect() throws IOException {
        var socket =
                new Socket(InetAddress.getLoopbackAddress(), replica.service().port());
        socket.setSoTimeout(15_000);
        return socket;
    }

    private static String head(String... headers) {
        return "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + String.join("", headers) + "\r\n";
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    }

    /** All that the server says until it ends the connection. */
    private static String rest(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }

    private static Answer post(byte[] body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(replica.uri("/publish"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return TestReplica.send(request);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"UTF-16BE", "UTF-16LE", "UTF-16", "UTF-32BE", "UTF-32LE", "X-UTF-32BE-BOM", "X-UTF-32LE-BOM"})
    void aBodyInAnotherEncodingIsRefused(String charset) {
        for (String text : List.of(EVENT, "[" + EVENT + "]", "\u00e9")) {
            Answer answer = post(text.getBytes(Charset.forName(charset)));
            assertThat(answer.status()).as(answer.body()).isEqualTo(400);
            assertThat(answer.message()).startsWith("the body is not valid ");
        }
        assertThat(post(EVENT.getBytes(UTF_8)).status()).isEqualTo(200);
    }

    @Test
    void bodiesThatNeverComeTakeNoRoom() throws IOException {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 64; i++) {
                Socket socket = connect();
                sockets.add(socket);
                send(socket, head("Content-Length: %d\r\n".formatted(ROOM)) + "{");
            }
            await().until(() -> Scrape.of(replica).get("eventhandler_publish_under_way") == 64);
            assertThat(Scrape.of(replica).get("eventhandler_publish_held_bytes"))
                    .isLessThan(64 * 1_024);
            assertThat(post(EVENT.getBytes(UTF_8)).status()).isEqualTo(200);
            for (Socket socket : sockets) {
                assertThat(rest(socket))
                        .startsWith("HTTP/1.1 408 ")
                        .contains("the body took too long: 1 bytes of it came within");
            }
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void aBodyThatFindsNoRoomIsRefusedAndTheOthersGoOn() throws IOException {
        try (Socket first = connect();
                Socket second = connect()) {
            String most = " ".repeat(3 << 20);
            send(first, head("Content-Length: %d\r\n".formatted((3 << 20) + EVENT.length())) + most);
            await().until(() -> Scrape.of(replica).get("eventhandler_publish_held_bytes") >= 3 << 20);
            send(
                    second,
                    head("Content-Length: %d\r\n".formatted(2 << 20), "Connection: close\r\n") + " ".repeat(2 << 20));
            assertThat(rest(second))
                    .startsWith("HTTP/1.1 503 ")
                    .contains("not stored: too many events wait to be stored, try again");
            send(first, EVENT);
            first.shutdownOutput();
            assertThat(rest(first)).startsWith("HTTP/1.1 413 "); // for one event; it was read to its end
        }
    }

    @Test
    void aBodyThatTricklesIsRefused() throws IOException {
        try (Socket socket = connect()) {
            send(socket, head("Transfer-Encoding: chunked\r\n"));
            assertThat(trickle(socket, "1\r\n \r\n"))
                    .startsWith("HTTP/1.1 408 ")
                    .contains("the body took too long");
        }
    }

    @Test
    void headersThatTrickleAreRefused() throws IOException {
        try (Socket socket = connect();
                Socket second = connect()) {
            send(socket, "POST /publish HTTP/1.1\r\n");
            assertThat(trickle(socket, "a: b\r\n"))
                    .startsWith("HTTP/1.1 408 ")
                    .contains("the headers took too long: they must come within 1000 ms");
            send(second, head("Content-Length: %d\r\n".formatted(EVENT.length())) + EVENT + "POS");
            assertThat(rest(second)).startsWith("HTTP/1.1 200 ").contains("HTTP/1.1 408 ");
        }
    }

    /** Sends this again and again until the server has ended the connection. */
    private static String trickle(Socket socket, String text) throws IOException {
        var answer = new ByteArrayOutputStream();
        socket.setSoTimeout(50);
        while (true) {
            try {
                int b = socket.getInputStream().read();
                if (b < 0) {
                    return answer.toString(UTF_8);
                }
                answer.write(b);
            } catch (java.net.SocketTimeoutException e) {
                send(socket, text);
            } catch (SocketException e) {
                return answer.toString(UTF_8);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {415, 413})
    void theRestOfARefusedBodyIsWaitedForOnlySoLong(int status) throws IOException {
        try (Socket socket = connect()) {
            String length = "Content-Length: %d\r\n".formatted(status == 413 ? ROOM + 1 : 100);
            send(socket, head(length, status == 415 ? "Content-Encoding: br\r\n" : ""));
            assertThat(rest(socket)).startsWith("HTTP/1.1 " + status).containsIgnoringCase("Connection: close");
        }
    }

    @ParameterizedTest
    @CsvSource({"POST, 413", "PUT, 405"})
    void aRefusedBodyThatWaitsToBeAskedForIsRefusedAtOnce(String method, int status) throws IOException {
        try (Socket socket = connect()) {
            String request = head("Content-Length: %d\r\n".formatted(ROOM + 1), "Expect: 100-continue\r\n");
            send(socket, request.replaceFirst("POST", method));
            assertThat(rest(socket)).startsWith("HTTP/1.1 " + status);
        }
    }

    @Test
    void whatABodyIsDecompressedToTakesRoomBesideIt() {
        byte[] most = Gzip.of("[" + " ".repeat(ROOM - 1));
        assertThat(post(most, "Content-Encoding", "gzip").status()).isEqualTo(503);
        assertThat(post(Gzip.of(EVENT), "Content-Encoding", "gzip").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length", "chunked", "gzip", "batch", "binary", "malformed chunks"})
    void aRequestMayBeCutAtAnyByte(String shape) throws IOException {
        byte[] request = request(shape);
        Scrape before = Scrape.of(replica);
        for (int size = 0; size <= request.length; size++) {
            try (Socket gone = connect()) {
                gone.getOutputStream().write(request, 0, size);
                gone.setSoLinger(size % 2 == 0, 0); // reset or ended
            }
            if (size >= request.length - TRAILER) {
                continue; // all of the event has come
            }
            try (Socket halfClosed = connect()) {
                halfClosed.getOutputStream().write(request, 0, size);
                halfClosed.shutdownOutput();
                assertThat(rest(halfClosed))
                        .as("cut at %d of %s", size, shape)
                        .doesNotContain("HTTP/1.1 2", "HTTP/1.1 5");
            }
        }
        await().untilAsserted(() -> {
            for (String held : List.of("process_files_open_files", "jvm_threads_live_threads")) {
                assertThat(Scrape.of(replica).get(held)).as(held).isLessThan(before.get(held) + 20);
            }
        });
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request);
            socket.shutdownOutput();
            assertThat(rest(socket)).startsWith(shape.startsWith("malformed") ? "HTTP/1.1 400" : "HTTP/1.1 200");
        }
    }

    private static byte[] request(String shape) throws IOException {
        var request = new ByteArrayOutputStream();
        byte[] body = EVENT.getBytes(US_ASCII);
        switch (shape) {
            case "chunked" ->
                request.writeBytes((head("Transfer-Encoding: chunked\r\n") + "5\r\n" + EVENT.substring(0, 5) + "\r\n"
                                + Integer.toHexString(EVENT.length() - 5) + ";x=y\r\n" + EVENT.substring(5)
                                + "\r\n0\r\nTrailer: x\r\n\r\n")
                        .getBytes(US_ASCII));
            case "malformed chunks" ->
                request.writeBytes((head("Transfer-Encoding: chunked\r\n") + "5\r\n12345\r\nxyz").getBytes(US_ASCII));
            case "gzip" -> {
                body = Gzip.of(EVENT);
                request.writeBytes(head("Content-Encoding: gzip\r\nContent-Length: %d\r\n".formatted(body.length))
                        .getBytes(US_ASCII));
                request.writeBytes(body);
            }
            case "batch" -> {
                String batch = "[%s,%s]".formatted(EVENT, EVENT);
                request.writeBytes(
                        (head("Content-Length: %d\r\n".formatted(batch.length())) + batch).getBytes(US_ASCII));
            }
            case "binary" ->
                request.writeBytes(
                        (head("ce-specversion: 1.0\r\nce-id: x\r\nce-source: y\r\nce-type: z\r\nContent-Length: 2\r\n")
                                        + "[]")
                                .getBytes(US_ASCII));
            default ->
                request.writeBytes((head("Content-Length: %d\r\n".formatted(body.length)) + EVENT).getBytes(US_ASCII));
        }
        return request.toByteArray();
    }
}
