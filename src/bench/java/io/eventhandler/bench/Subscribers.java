package io.eventhandler.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** WebSocket clients that all subscribe to one name, read by one thread, each checked for completeness and order. */
final class Subscribers implements AutoCloseable {

    private static final int CONNECT_BATCH = 200;
    private static final int MAX_LATENCIES = 2_000_000;
    private static final byte[] NUMBER = "\"n\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TIME = "\"t\":".getBytes(StandardCharsets.US_ASCII);

    private final Selector selector = Selector.open();
    private final List<Client> clients = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
    private final byte[] message = new byte[1 << 16];
    private final long[] latencies = new long[MAX_LATENCIES];
    private final boolean measureLatency;
    private final Thread thread = Thread.ofPlatform().name("subscribers").unstarted(this::run);
    private int latencyCount;
    private final AtomicLong delivered = new AtomicLong();
    private volatile int reading;
    private volatile boolean stopping;

    /** What one client has seen: how many events, and a hash of their numbers in order. */
    private static final class Client {
        private final SocketChannel channel;
        private final byte[] partial = new byte[1 << 10];
        private int partialLength;
        private long count;
        private long order;

        Client(SocketChannel channel) {
            this.channel = channel;
        }
    }

    /** Subscribed and reading, all of them. */
    Subscribers(int port, int count, String eventName, boolean measureLatency) throws IOException {
        this(port, count, eventName, measureLatency, null);
    }

    /** Subscribed and reading, all of them, with this token; null for none. */
    Subscribers(int port, int count, String eventName, boolean measureLatency, @Nullable String token)
            throws IOException {
        this(port, count, measureLatency, token);
        for (Client client : clients) {
            client.channel.write(text("{\"action\":\"subscribe\",\"event_name\":\"" + eventName + "\"}"));
            client.channel.write(text("{\"action\":\"ping\"}"));
            awaitPong(client.channel);
        }
        startReading();
    }

    /** Connected. */
    private Subscribers(int port, int count, boolean measureLatency, @Nullable String token) throws IOException {
        this.measureLatency = measureLatency;
        for (int i = 0; i < count; i += CONNECT_BATCH) {
            List<SocketChannel> batch = new ArrayList<>();
            for (int j = i; j < Math.min(count, i + CONNECT_BATCH); j++) {
                batch.add(SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
                batch.getLast().setOption(StandardSocketOptions.TCP_NODELAY, true);
                upgrade(batch.getLast(), token);
            }
            for (SocketChannel channel : batch) {
                awaitUpgrade(channel);
                clients.add(new Client(channel));
            }
        }
        reading = count;
    }

    /** Connected and reading; {@link #resume} subscribes them. */
    static Subscribers connected(int port, int count) throws IOException {
        var subscribers = new Subscribers(port, count, false, null);
        subscribers.startReading();
        return subscribers;
    }

    /** All at once, each from this id on. */
    void resume(String eventName, long after) throws IOException {
        ByteBuffer command =
                text("{\"action\":\"subscribe\",\"event_name\":\"%s\",\"after\":%d}".formatted(eventName, after));
        for (Client client : clients) {
            client.channel.write(command.duplicate());
        }
    }

    private void startReading() throws IOException {
        for (Client client : clients) {
            client.channel.configureBlocking(false);
            client.channel.register(selector, SelectionKey.OP_READ, client);
        }
        thread.start();
    }

    /** Those of them that read. */
    int reading() {
        return reading;
    }

    /** From now on so many of them don't read, and are not counted; call it while nothing is under way. */
    void stopReading(int count) {
        int first = reading - count;
        for (Client client : clients.subList(first, reading)) {
            client.channel.keyFor(selector).cancel();
            delivered.addAndGet(-client.count);
        }
        reading = first;
    }

    private static void upgrade(SocketChannel channel, @Nullable String token) throws IOException {
        String credential = token == null ? "" : "Authorization: Bearer " + token + "\r\n";
        channel.write(ByteBuffer.wrap("""
                GET /ws HTTP/1.1\r
                Host: localhost\r
                %s\
                Upgrade: websocket\r
                Connection: Upgrade\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                Sec-WebSocket-Version: 13\r
                \r
                """.formatted(credential).getBytes(StandardCharsets.US_ASCII)));
    }

    private static void awaitUpgrade(SocketChannel channel) throws IOException {
        var one = ByteBuffer.allocate(1);
        var seen = new StringBuilder();
        while (!seen.toString().endsWith("\r\n\r\n")) {
            one.clear();
            if (channel.read(one) < 0) {
                throw new IOException("not upgraded: " + seen);
            }
            seen.append((char) one.get(0));
        }
        if (!seen.toString().startsWith("HTTP/1.1 101")) {
            throw new IOException("not upgraded: " + seen);
        }
    }

    private static void awaitPong(SocketChannel channel) throws IOException {
        var frame = ByteBuffer.allocate(2);
        channel.read(frame);
        var pong = ByteBuffer.allocate(frame.get(1));
        while (pong.hasRemaining()) {
            channel.read(pong);
        }
    }

    /** A text frame, masked with zeros. */
    private static ByteBuffer text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(6 + bytes.length)
                .put((byte) 0x81)
                .put((byte) (0x80 | bytes.length))
                .putInt(0)
                .put(bytes)
                .flip();
    }

    private void run() {
        try {
            while (!stopping) {
                selector.select(key -> {
                    try {
                        read((Client) key.attachment());
                    } catch (IOException e) {
                        key.cancel();
                    }
                });
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void read(Client client) throws IOException {
        buffer.clear();
        buffer.put(client.partial, 0, client.partialLength);
        if (client.channel.read(buffer) < 0) {
            throw new IOException("the service closed the connection");
        }
        buffer.flip();
        long now = System.nanoTime();
        while (buffer.remaining() >= 2) {
            int opcode = buffer.get(buffer.position()) & 0x0f;
            int size = buffer.get(buffer.position() + 1) & 0x7f;
            int header = size == 126 ? 4 : 2;
            if (size == 126) {
                if (buffer.remaining() < 4) {
                    break;
                }
                size = buffer.getShort(buffer.position() + 2) & 0xffff;
            }
            if (buffer.remaining() < header + size) {
                break;
            }
            buffer.position(buffer.position() + header);
            buffer.get(message, 0, size);
            if (opcode == 1) {
                take(client, size, now);
            }
        }
        client.partialLength = buffer.remaining();
        buffer.get(client.partial, 0, client.partialLength);
    }

    private void take(Client client, int size, long now) {
        client.count++;
        client.order = client.order * 31 + number(NUMBER, size);
        if (measureLatency && latencyCount < MAX_LATENCIES) {
            latencies[latencyCount++] = now - number(TIME, size);
        }
        delivered.incrementAndGet();
    }

    private long number(byte[] key, int size) {
        for (int i = 0; i + key.length < size; i++) {
            if (Arrays.equals(message, i, i + key.length, key, 0, key.length)) {
                long value = 0;
                for (int j = i + key.length; j < size; j++) {
                    int digit = message[j] - '0';
                    if (digit >= 0 && digit <= 9) {
                        value = value * 10 + digit;
                    } else if (message[j] != ' ') {
                        break;
                    }
                }
                return value;
            }
        }
        throw new IllegalStateException("no number in " + new String(message, 0, size, StandardCharsets.US_ASCII));
    }

    long delivered() {
        return delivered.get();
    }

    /** Waits until each that reads has received this many. */
    void awaitDelivered(long events, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (delivered.get() < events * reading && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
    }

    /** Waits until each has received this many, and checks that all of them saw one order. */
    void awaitComplete(long events, Duration timeout) throws InterruptedException {
        awaitDelivered(events, timeout);
        stop();
        for (Client client : clients.subList(0, reading)) {
            if (client.count != events || client.order != clients.getFirst().order) {
                throw new IllegalStateException(
                        "a subscriber received %d of %d events, or in another order".formatted(client.count, events));
            }
        }
    }

    /** The latency in milliseconds that this share of the deliveries did not exceed. */
    double latency(double share) {
        Arrays.sort(latencies, 0, latencyCount);
        return latencies[Math.min(latencyCount - 1, (int) (latencyCount * share))] / 1e6;
    }

    private void stop() throws InterruptedException {
        stopping = true;
        selector.wakeup();
        thread.join();
    }

    @Override
    public void close() throws IOException {
        try {
            stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Client client : clients) {
            client.channel.close();
        }
        selector.close();
    }
}
