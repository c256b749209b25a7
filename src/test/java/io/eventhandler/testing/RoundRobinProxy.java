package io.eventhandler.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Leads each connection to the next of several ports, and cuts connections on demand. */
public final class RoundRobinProxy implements AutoCloseable {

    private final List<Integer> targets;
    private final AtomicInteger next = new AtomicInteger();
    private final ServerSocket server;
    private final Set<Socket> clients = ConcurrentHashMap.newKeySet();

    public RoundRobinProxy(List<Integer> targets) {
        this.targets = targets;
        try {
            this.server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                int target = targets.get(next.getAndIncrement() % targets.size());
                Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target);
                clients.add(client);
                Thread.ofVirtual().start(() -> forward(client, upstream));
                Thread.ofVirtual().start(() -> forward(upstream, client));
            } catch (IOException e) {
                // The proxy is closed.
            }
        }
    }

    private void forward(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // One side has gone: both are closed.
        } finally {
            clients.remove(from);
            clients.remove(to);
        }
    }

    /** Cuts the connections there are, wherever they are in a message; false when there is none. */
    public boolean cut() {
        boolean any = false;
        for (Socket client : clients) {
            try {
                client.close();
                any = true;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return any;
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }
}
