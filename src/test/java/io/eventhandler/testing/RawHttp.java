package io.eventhandler.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** HTTP/1.1 as it is on the wire, for requests that no client would send and answers that a client would tidy up. */
public final class RawHttp {

    private static final int TIMEOUT_MILLIS = 10_000;

    private RawHttp() {}

    /**
     * An answer, read until its connection ended.
     *
     * @param headers by name, whatever its case; the values of one name joined by commas
     * @param body as it came, chunks included
     */
    public record Answer(int status, Map<String, String> headers, String body) {

        public JsonNode json() {
            return new JsonMapper().readTree(body);
        }

        public String message() {
            return json().get("message").stringValue();
        }
    }

    /** Sends a request of these lines and no body, with {@code Host} and {@code Connection: close}. */
    public static Answer request(int port, String... lines) {
        return send(port, String.join("\r\n", lines) + "\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }

    /** Sends this and nothing else, and reads until the server ends the connection. */
    public static Answer send(int port, String text) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            try {
                socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
                socket.shutdownOutput();
            } catch (SocketException e) {
                // The server may have answered before it was asked to the end.
            }
            return parse(read(socket.getInputStream()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(InputStream in) throws IOException {
        var bytes = new ByteArrayOutputStream();
        in.transferTo(bytes);
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static Answer parse(String text) {
        int end = text.indexOf("\r\n\r\n");
        List<String> head = text.substring(0, end).lines().toList();
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line : head.subList(1, head.size())) {
            String[] field = line.split(": ?", 2);
            headers.merge(field[0], field[1], (first, second) -> first + ", " + second);
        }
        return new Answer(Integer.parseInt(head.getFirst().split(" ", 3)[1]), headers, text.substring(end + 4));
    }
}
