package io.eventhandler.testing;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A WebSocket client down at the frames (RFC 6455, section 5), for what a well-behaved client never does. */
public final class RawWebSocket implements AutoCloseable {

    private final Socket socket;
    private final DataInputStream in;

    /** A received frame. */
    public record Frame(int opcode, boolean last, String text, int closeCode) {}

    /**
     * @param receiveBuffer the socket's receive buffer in bytes, 0 for the system's default
     */
    public RawWebSocket(int port, int receiveBuffer) throws IOException {
        this(port, receiveBuffer, "X-None: 1");
    }

    /**
     * @param header a further one of the upgrade
     */
    public RawWebSocket(int port, int receiveBuffer, String header) throws IOException {
        socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(15_000);
        socket.getOutputStream().write("""
                        GET /ws HTTP/1.1\r
                        Host: localhost\r
                        Upgrade: websocket\r
                        Connection: Upgrade\r
                        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                        Sec-WebSocket-Version: 13\r
                        Sec-WebSocket-Extensions: permessage-deflate\r
                        %s\r
                        \r
                        """.formatted(header).getBytes(StandardCharsets.US_ASCII));
        in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
        String line = readLine();
        if (!line.startsWith("HTTP/1.1 101")) {
            throw new IOException(line);
        }
        while (!line.isEmpty()) {
            line = readLine();
            if (line.toLowerCase(java.util.Locale.ROOT).startsWith("sec-websocket-extensions")) {
                throw new IOException("an extension was negotiated: " + line);
            }
        }
    }

    private String readLine() throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the connection ended");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /** Sends one masked frame. */
    public void send(int opcode, boolean last, byte[] payload) throws IOException {
        sendFirstByte((last ? 0x80 : 0) | opcode, payload);
    }

    /** Sends bytes as they are. */
    public void sendRaw(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** Sends one masked frame with this first byte: the bits FIN, RSV1, RSV2, RSV3, and four of opcode. */
    public void sendFirstByte(int first, byte[] payload) throws IOException {
        var frame = new java.io.ByteArrayOutputStream();
        frame.write(first);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else if (payload.length < 65_536) {
            frame.write(0x80 | 126);
            frame.write(payload.length >> 8);
            frame.write(payload.length);
        } else {
            frame.write(0x80 | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                frame.write((int) ((long) payload.length >> shift));
            }
        }
        byte[] mask = {1, 2, 3, 4};
        frame.write(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.write(payload[i] ^ mask[i % 4]);
        }
        socket.getOutputStream().write(frame.toByteArray());
    }

    /** Sends a whole text message. */
    public void sendText(String text) throws IOException {
        send(1, true, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Receives one frame; throws {@link IOException} when the connection has ended. */
    public Frame receive() throws IOException {
        int first = in.readUnsignedByte();
        long length = in.readUnsignedByte();
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        byte[] payload = new byte[(int) length];
        in.readFully(payload);
        int opcode = first & 0x0f;
        boolean isClose = opcode == 8 && payload.length >= 2;
        int code = isClose ? ((payload[0] & 0xff) << 8) | (payload[1] & 0xff) : 0;
        int textStart = isClose ? 2 : 0;
        String text = new String(payload, textStart, payload.length - textStart, StandardCharsets.UTF_8);
        return new Frame(opcode, (first & 0x80) != 0, text, code);
    }

    /** The socket itself. */
    public Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
