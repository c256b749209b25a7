package io.eventhandler.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.RawWebSocket;
import io.eventhandler.testing.RawWebSocket.Frame;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6455, frame by frame, along the groups of the Autobahn test suite, and what random bytes do. */
class WebSocketProtocolTest {

    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final byte[] COMMAND = "{\"action\":\"ping\"}".getBytes(StandardCharsets.UTF_8);
    private static final byte[] NONE = {};

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static RawWebSocket open() throws IOException {
        return new RawWebSocket(replica.service().port(), 0);
    }

    private static int closeCode(RawWebSocket socket) throws IOException {
        Frame frame = socket.receive();
        while (frame.opcode() != CLOSE) {
            frame = socket.receive();
        }
        return frame.closeCode();
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private static byte[] closing(int code, byte[] reason) {
        byte[] payload = Arrays.copyOf(new byte[] {(byte) (code >> 8), (byte) code}, 2 + reason.length);
        System.arraycopy(reason, 0, payload, 2, reason.length);
        return payload;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 124, 125})
    void aPingIsAnsweredWithItsPayload(int size) throws IOException {
        try (RawWebSocket socket = open()) {
            socket.send(PING, true, "x".repeat(size).getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.receive()).isEqualTo(new Frame(PONG, true, "x".repeat(size), 0));
        }
    }

    @Test
    void anUnsolicitedPongIsIgnored() throws IOException {
        try (RawWebSocket socket = open()) {
            socket.send(PONG, true, new byte[] {'x'});
            socket.send(TEXT, true, COMMAND);
            assertThat(socket.receive().text()).contains("pong");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "c1, RSV1 without an extension",
        "a1, RSV2",
        "91, RSV3",
        "f1, all of them",
        "c9, RSV1 on a ping",
        "83, a reserved data frame",
        "87, a reserved data frame",
        "8b, a reserved control frame",
        "8f, a reserved control frame",
        "09, a ping in fragments",
        "0a, a pong in fragments",
        "08, a close in fragments",
        "80, a continuation of nothing",
        "00, a continuation of nothing"
    })
    void aFrameThatMustNotBeEndsTheConnectionWith1002(String first, String what) throws IOException {
        try (RawWebSocket socket = open()) {
            socket.sendFirstByte(Integer.parseInt(first, 16), COMMAND);
            assertThat(closeCode(socket)).as(what).isEqualTo(1002);
        }
    }

    @Test
    void aControlFrameIsAtMost125BytesLong() throws IOException {
        try (RawWebSocket socket = open()) {
            socket.send(PING, true, new byte[126]);
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
    }

    @Test
    void aFrameThatIsNotMaskedEndsTheConnectionWith1002() throws IOException {
        try (RawWebSocket socket = open()) {
            socket.sendRaw(hex("8100"));
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
    }

    @Test
    void aMessageMustNotStartWithinAnother() throws IOException {
        try (RawWebSocket socket = open()) {
            socket.send(TEXT, false, COMMAND);
            socket.send(TEXT, true, COMMAND);
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
    }

    @Test
    void aMessageMayComeByteByByteWithPingsInBetween() throws IOException {
        byte[] message = "{\"action\":\"größe.😀\"}".getBytes(StandardCharsets.UTF_8);
        try (RawWebSocket socket = open()) {
            for (int i = 0; i < message.length; i++) {
                socket.send(i == 0 ? TEXT : CONTINUATION, false, new byte[] {message[i]});
                socket.send(PING, true, NONE);
                assertThat(socket.receive().opcode()).isEqualTo(PONG);
            }
            socket.send(CONTINUATION, true, NONE);
            assertThat(socket.receive().text()).contains("unknown action 'größe.😀'");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ff", // never in UTF-8
                "c080", // a zero, too long
                "eda080", // half of a surrogate pair
                "f4908080", // beyond U+10FFFF
                "ceba e1bdb9 cf83 ceb" + "c ceb5 edb080 65", // in the middle
                "e282" // an end that is missing
            })
    void whatIsNotUtf8EndsTheConnectionWith1007(String bytes) throws IOException {
        byte[] text = hex(bytes.replace(" ", ""));
        try (RawWebSocket whole = open();
                RawWebSocket inPieces = open()) {
            whole.send(TEXT, true, text);
            assertThat(closeCode(whole)).isEqualTo(1007);
            for (int i = 0; i < text.length; i++) {
                try {
                    inPieces.send(i == 0 ? TEXT : CONTINUATION, i == text.length - 1, new byte[] {text[i]});
                } catch (IOException e) {
                    break; // closed at the first byte that is wrong
                }
            }
            assertThat(closeCode(inPieces)).isEqualTo(1007);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999})
    void aCloseIsAnsweredWithItsCode(int code) throws IOException {
        try (RawWebSocket socket = open()) {
            socket.send(CLOSE, true, closing(code, "bye".getBytes(StandardCharsets.US_ASCII)));
            assertThat(closeCode(socket)).isEqualTo(code);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535})
    void aCloseWithACodeThatMustNotBeSentIsAnsweredWith1002(int code) throws IOException {
        try (RawWebSocket socket = open()) {
            socket.send(CLOSE, true, closing(code, NONE));
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
    }

    @Test
    void aCloseMayHaveNoCode() throws IOException {
        try (RawWebSocket socket = open()) {
            socket.send(CLOSE, true, NONE);
            assertThat(socket.receive().opcode()).isEqualTo(CLOSE);
        }
    }

    @Test
    void aCloseWithHalfACodeIsAnsweredWith1002() throws IOException {
        try (RawWebSocket socket = open()) {
            socket.send(CLOSE, true, new byte[] {3});
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
    }

    @Test
    void aCloseReasonIsUtf8() throws IOException {
        try (RawWebSocket socket = open()) {
            socket.send(CLOSE, true, closing(1000, hex("eda080")));
            assertThat(closeCode(socket)).isEqualTo(1007);
        }
    }

    @Test
    void randomFramesEndTheirConnectionAndNothingElse() throws IOException {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        try (RawWebSocket steady = open()) {
            for (int n = 0; n < 300; n++) {
                try (RawWebSocket socket = open()) {
                    socket.socket().setSoTimeout(200);
                    for (int i = 0; i < 20; i++) {
                        byte[] payload = new byte[random.nextInt(200)];
                        random.nextBytes(payload);
                        if (random.nextInt(4) == 0) {
                            socket.sendRaw(payload);
                        } else {
                            socket.sendFirstByte(random.nextInt(256), payload);
                        }
                    }
                    socket.socket().shutdownOutput();
                    while (socket.receive().opcode() != CLOSE) {
                        // Answers to what was well-formed by chance.
                    }
                } catch (IOException e) {
                    // Ended without a close frame, in the middle of sending.
                }
                steady.send(TEXT, true, COMMAND);
                assertThat(steady.receive().text()).as("seed %d", seed).contains("pong");
            }
        }
    }
}
