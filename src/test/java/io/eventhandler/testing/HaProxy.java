package io.eventhandler.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** HAProxy in front of replicas, with the configuration that docs/operations.md gives; it asks each replica whether it is ready. */
public final class HaProxy implements AutoCloseable {

    private final Process process;
    private final int port;
    private final List<Integer> replicas;

    public HaProxy(Path directory, List<Integer> replicas) throws IOException {
        this.replicas = replicas;
        this.port = freePort();
        String servers = IntStream.range(0, replicas.size())
                .mapToObj(n -> "    server replica%d 127.0.0.1:%d check inter 200ms fall 1 rise 1"
                        .formatted(n, replicas.get(n)))
                .collect(Collectors.joining("\n"));
        Path configuration = Files.writeString(directory.resolve("haproxy.cfg"), """
                global
                    maxconn 8000
                defaults
                    mode http
                    timeout connect 2s
                    timeout client 60s
                    timeout server 60s
                    timeout tunnel 1h
                    retries 3
                    option redispatch
                frontend events
                    bind 127.0.0.1:%d
                    stats enable
                    stats uri /haproxy
                    default_backend replicas
                backend replicas
                    balance leastconn
                    option httpchk GET /health/ready
                    option http-server-close
                %s
                """.formatted(port, servers));
        this.process = new ProcessBuilder(Tool.HAPROXY.path().toString(), "-db", "-f", configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("haproxy.log").toFile())
                .start();
        awaitUp(replicas.size());
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    public int port() {
        return port;
    }

    /** Waits until so many replicas count as ready. */
    public void awaitUp(int count) {
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> up() == count);
    }

    private long up() {
        String table = TestReplica.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/haproxy;csv".formatted(port))))
                .body();
        return table.lines()
                .filter(line -> line.startsWith("replicas,replica") && line.contains(",UP,"))
                .count();
    }

    /** How many replicas it leads to. */
    public int replicas() {
        return replicas.size();
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
