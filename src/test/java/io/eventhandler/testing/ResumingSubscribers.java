package io.eventhandler.testing;

import static org.awaitility.Awaitility.await;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Many WebSocket clients, served by one thread, that subscribe to one name and, whenever their connection ends, connect
 * again at once and resume after the last id that they received.
 */
public final class ResumingSubscribers implements AutoCloseable {

    private static final Pattern ID = Pattern.compile("\"id\":(\\d+),\"created_at\"");
    private static final byte[] END_OF_HEADERS = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int BUFFER = 16 << 10;

    private final int port;
    private final String eventName;
    private final Selector selector;
    private final List<Client> clients = new ArrayList<>();
    private final Queue<Long> reconnects = new ConcurrentLinkedQueue<>(); // when, in nanoseconds
    private final Thread thread =
            Thread.ofPlatform().name("resuming-subscribers").unstarted(this::run);
    private volatile boolean stopping;

    /** What one client has received: how many events, and a hash of their ids in order. */
    private final class Client {
        private SocketChannel channel;
        private ByteBuffer in = ByteBuffer.allocate(BUFFER);
        private boolean upgraded;
        private volatile boolean subscribed;
        private long lastId;
        private long order; // published by the write of count
        private volatile long count;

        Client(long after) throws IOException {
            lastId = after;
            channel = connect();
        }

        private SocketChannel connect() throws IOException {
            upgraded = false;
            subscribed = false;
            in = ByteBuffer.allocate(BUFFER);
            channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_CONNECT, this);
            channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return channel;
        }

        void ready(SelectionKey key) throws IOException {
            try {
                if (key.isConnectable()) {
                    channel.finishConnect();
                    key.interestOps(SelectionKey.OP_READ);
                    write("""
                            GET /ws HTTP/1.1\r
                            Host: localhost\r
                            Upgrade: websocket\r
                            Connection: Upgrade\r
                            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                            Sec-WebSocket-Version: 13\r
                            \r
                            """);
                } else if (channel.read(in) < 0) {
                    throw new EOFException();
                } else {
                    read();
                }
            } catch (IOException e) {
                channel.close();
                reconnects.add(System.nanoTime());
                connect();
            }
        }

        private void write(String text) throws IOException {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        }

        private void read() throws IOException {
            in.flip();
            if (!upgraded) {
                upgrade();
            }
            while (upgraded && readFrame()) {
                // The next one.
            }
            in.compact();
        }

        private void upgrade() throws IOException {
            String head = StandardCharsets.US_ASCII.decode(in.duplicate()).toString();
            int end = head.indexOf(new String(END_OF_HEADERS, StandardCharsets.US_ASCII));
            if (end < 0) {
                return;
            }
            if (!head.startsWith("HTTP/1.1 101")) {
                throw new IOException(head);
            }
            in.position(in.position() + end + END_OF_HEADERS.length);
            upgraded = true;
            send(
                    1,
                    "{\"action\":\"subscribe\",\"event_name\":\"%s\",\"after\":%d,\"request_id\":\"r\"}"
                            .formatted(eventName, lastId));
        }

        /** A frame whose mask is zero. */
        private void send(int opcode, String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            channel.write(ByteBuffer.allocate(6 + bytes.length)
                    .put((byte) (0x80 | opcode))
                    .put((byte) (0x80 | bytes.length))
                    .putInt(0)
                    .put(bytes)
                    .flip());
        }

        /** Takes one frame if it is there as a whole; events are small, so lengths have at most two bytes. */
        private boolean readFrame() throws IOException {
            if (in.remaining() < 4) {
                return in.remaining() >= 2 && in.get(in.position() + 1) == 0 && skipEmpty();
            }
            int opcode = in.get(in.position()) & 0x0f;
            int length = in.get(in.position() + 1) & 0x7f;
            int header = length == 126 ? 4 : 2;
            length = length == 126 ? in.getShort(in.position() + 2) & 0xffff : length;
            if (in.remaining() < header + length) {
                return false;
            }
            in.position(in.position() + header);
            byte[] payload = new byte[length];
            in.get(payload);
            switch (opcode) {
                case 1 -> take(new String(payload, StandardCharsets.UTF_8));
                case 8 -> throw new EOFException();
                case 9 -> send(10, "");
                default -> throw new IOException("an unexpected frame: " + opcode);
            }
            return true;
        }

        private boolean skipEmpty() throws IOException {
            if ((in.get(in.position()) & 0x0f) == 9) {
                send(10, "");
            }
            in.position(in.position() + 2);
            return true;
        }

        private void take(String message) {
            Matcher id = ID.matcher(message);
            if (id.find()) {
                lastId = Long.parseLong(id.group(1));
                order = order * 31 + lastId;
                long before = count;
                count = before + 1;
            } else if (message.contains("\"subscribed\"")) {
                subscribed = true;
            }
        }
    }

    /**
     * Starts the clients, and returns when all of them are subscribed.
     *
     * @param after the id after which they begin
     */
    public ResumingSubscribers(int port, int count, String eventName, long after) throws IOException {
        this.port = port;
        this.eventName = eventName;
        this.selector = Selector.open();
        for (int i = 0; i < count; i++) {
            clients.add(new Client(after));
        }
        thread.start();
        await().atMost(Duration.ofMinutes(1)).until(() -> clients.stream().allMatch(client -> client.subscribed));
    }

    private void run() {
        try {
            while (!stopping) {
                selector.select(key -> {
                    try {
                        ((Client) key.attachment()).ready(key);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** When a client had to connect again, in nanoseconds of {@link System#nanoTime}. */
    public List<Long> reconnects() {
        return List.copyOf(reconnects);
    }

    /** Waits until every client has received so many events. */
    public void awaitEach(long count) {
        await().atMost(Duration.ofMinutes(1)).until(() -> clients.stream().allMatch(client -> client.count >= count));
    }

    /** How many of the clients received exactly these ids in this order. */
    public long countOfThoseWith(List<Long> ids) {
        long order = 0;
        for (long id : ids) {
            order = order * 31 + id;
        }
        long expected = order;
        return clients.stream()
                .filter(client -> client.count == ids.size() && client.order == expected)
                .count();
    }

    @Override
    public void close() throws IOException {
        stopping = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Client client : clients) {
            client.channel.close();
        }
        selector.close();
    }
}
