package io.eventhandler.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Forwards connections to a port that may change, and cuts them on demand. */
public final class TcpProxy implements AutoCloseable {

    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Set<Socket> upstreams = ConcurrentHashMap.newKeySet();
    private final Set<Socket> muted = ConcurrentHashMap.newKeySet(); // whose next answer nobody gets
    private final Set<Socket> frozen = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable String> cutAfterRequest = new AtomicReference<>();
    private volatile int target;
    private volatile boolean cutAll;
    private volatile int maxDelayMillis;

    public TcpProxy(int target) {
        this.target = target;
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

    /** Where new connections lead to. */
    public void target(int port) {
        target = port;
    }

    /**
     * The next connection whose client sends something that contains this text is cut when the server answers it: the
     * request arrives, the answer never does.
     */
    public void cutAnswerTo(String requestText) {
        cutAll = false;
        cutAfterRequest.set(requestText);
    }

    /** The same, and all other connections are cut with it. */
    public void cutAllAtAnswerTo(String requestText) {
        cutAll = true;
        cutAfterRequest.set(requestText);
    }

    /** Whether the cut that was asked for has happened. */
    public boolean hasCut() {
        return cutAfterRequest.get() == null;
    }

    /** Forwards whatever comes from now on up to so many milliseconds later. */
    public void delay(int maxMillis) {
        maxDelayMillis = maxMillis;
    }

    /** Leaves the connections that there are open, and forwards nothing more on them. */
    public void freeze() {
        frozen.addAll(sockets);
    }

    /**
     * Executes a statement in the PostgreSQL session of each connection that there is, as if its client had, which sees no
     * answer. Only without TLS, and while the clients are quiet.
     */
    public void execute(String sql) {
        byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        var message = ByteBuffer.allocate(text.length + 6)
                .put((byte) 'Q')
                .putInt(text.length + 5)
                .put(text)
                .put((byte) 0)
                .array();
        try {
            for (Socket upstream : upstreams) {
                muted.add(upstream);
                upstream.getOutputStream().write(message);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                connect(server.accept());
            } catch (IOException e) {
                // No upstream now, or the proxy is closed: the client sees its connection end.
            }
        }
    }

    private void connect(Socket client) throws IOException {
        try {
            int wanted = target;
            Socket upstream = new Socket(InetAddress.getLoopbackAddress(), wanted);
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            sockets.add(client);
            sockets.add(upstream);
            upstreams.add(upstream);
            if (target != wanted) { // a cut may have missed this one
                upstream.close();
                throw new IOException("another target");
            }
            boolean[] cut = {false};
            Thread.ofVirtual().start(() -> forward(client, upstream, true, cut));
            Thread.ofVirtual().start(() -> forward(upstream, client, false, cut));
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }

    private void forward(Socket from, Socket to, boolean request, boolean[] cut) {
        byte[] buffer = new byte[64 << 10];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (request) {
                    String wanted = cutAfterRequest.get();
                    String text = new String(buffer, 0, n, StandardCharsets.ISO_8859_1);
                    if (wanted != null && text.contains(wanted) && cutAfterRequest.compareAndSet(wanted, null)) {
                        cut[0] = true;
                    }
                } else if (cut[0]) {
                    if (cutAll) {
                        cut();
                    }
                    return;
                }
                if (maxDelayMillis > 0) {
                    Thread.sleep(ThreadLocalRandom.current().nextInt(maxDelayMillis));
                }
                if (!muted.remove(from) && !frozen.contains(to)) {
                    out.write(buffer, 0, n);
                    out.flush();
                }
            }
        } catch (IOException e) {
            // One side has gone: both are closed.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(from);
            upstreams.remove(from);
            sockets.remove(to);
        }
    }

    /** Ends the connections that there are. */
    public void cut() {
        try {
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends all connections and takes no more. */
    public void shutDown() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }

    @Override
    public void close() {
        shutDown();
    }
}
