package io.eventhandler.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Publishes over keep-alive connections, one event in flight on each. */
final class Publishers {

    private static final String PAD = "x".repeat(120);

    private static final int MAX_BATCH = 100;
    private static final long PAUSE_NANOS = 100_000;

    private final int port;
    private final String eventName;
    private final String credential;
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();

    Publishers(int port, String eventName) {
        this(port, eventName, null);
    }

    /** With this token, null for none. */
    Publishers(int port, String eventName, @Nullable String token) {
        this.port = port;
        this.eventName = eventName;
        this.credential = token == null ? "" : "\r\nAuthorization: Bearer " + token;
    }

    /** Events that were answered with 200. */
    long acknowledged() {
        return acknowledged.get();
    }

    /** So many events, in batches. */
    void publish(int events) throws InterruptedException, ExecutionException {
        run(1, connection -> {
            for (int left = events; left > 0; left -= MAX_BATCH) {
                connection.publish(Math.min(left, MAX_BATCH), System.nanoTime());
            }
        });
    }

    /** As fast as the answers come; returns the events acknowledged per second. */
    double closedLoop(int connections, int batch, Duration duration) throws InterruptedException, ExecutionException {
        return closedLoop(connections, batch, duration, () -> true);
    }

    /** As fast as the answers come, but only while the condition holds; returns the events acknowledged per second. */
    double closedLoop(int connections, int batch, Duration duration, BooleanSupplier condition)
            throws InterruptedException, ExecutionException {
        long before = acknowledged.get();
        long start = System.nanoTime();
        long end = start + duration.toNanos();
        run(connections, connection -> {
            while (System.nanoTime() < end) {
                if (condition.getAsBoolean()) {
                    connection.publish(batch, System.nanoTime());
                } else {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        });
        return (acknowledged.get() - before) * 1e9 / (System.nanoTime() - start);
    }

    /** At a fixed rate; an event's time is the one at which it was due, whenever it was sent. */
    void openLoop(int connections, int perSecond, Duration duration) throws InterruptedException, ExecutionException {
        long start = System.nanoTime();
        long count = perSecond * duration.toSeconds();
        var slot = new AtomicLong();
        run(connections, connection -> {
            for (long n = slot.getAndIncrement(); n < count; n = slot.getAndIncrement()) {
                long due = start + n * 1_000_000_000L / perSecond;
                for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                connection.publish(1, due);
            }
        });
    }

    @FunctionalInterface
    private interface Work {
        void accept(Connection connection) throws IOException;
    }

    private void run(int connections, Work work) throws InterruptedException, ExecutionException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                running.add(threads.submit(() -> {
                    try (var connection = new Connection()) {
                        work.accept(connection);
                    }
                    return null;
                }));
            }
            for (Future<?> future : running) {
                future.get();
            }
        }
    }

    private String event(long n, long nanos) {
        return "{\"event_name\":\"" + eventName + "\",\"payload\":{\"n\":" + n + ",\"t\":" + nanos + ",\"pad\":\"" + PAD
                + "\"}}";
    }

    private final class Connection implements AutoCloseable {

        private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        private final InputStream in;

        Connection() throws IOException {
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream(), 1_024);
        }

        void publish(int batch, long nanos) throws IOException {
            String body = batch == 1
                    ? event(next.getAndIncrement(), nanos)
                    : LongStream.range(0, batch)
                            .mapToObj(n -> event(next.getAndIncrement(), nanos))
                            .collect(Collectors.joining(",", "[", "]"));
            String request = "POST /publish HTTP/1.1\r\nHost: localhost" + credential
                    + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String status = readLine();
            int length = 0;
            for (String header = readLine(); !header.isEmpty(); header = readLine()) {
                if (header.startsWith("Content-Length: ")) {
                    length = Integer.parseInt(header.substring(16));
                }
            }
            in.skipNBytes(length);
            if (!status.startsWith("HTTP/1.1 200")) {
                throw new IOException(status);
            }
            acknowledged.addAndGet(batch);
        }

        private String readLine() throws IOException {
            var line = new StringBuilder(64);
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new EOFException();
                }
                if (c != '\r') {
                    line.append((char) c);
                }
            }
            return line.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
