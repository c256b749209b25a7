package io.eventhandler.client;

import io.eventhandler.lifecycle.BackgroundThread;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to {@code /ws}: what has arrived waits here, at most 1 MiB and a message of it, and nothing more is read
 * meanwhile. The JDK's client calls it, one thread takes what has arrived.
 */
final class EventSocket implements WebSocket.Listener {

    private static final int MAX_WAITING_BYTES = 1 << 20;
    private static final int MAX_MESSAGE = 16 << 20;

    private static final Duration SEND_WITHIN = Duration.ofSeconds(10);

    /** What something takes beside its bytes. */
    private static final int OVERHEAD = 200;

    private record Waiting(Frame frame, int bytes) {}

    private final Duration pingAfter;
    private final Consumer<EventSocket> onTokenExpires;
    private final LinkedBlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>(); // bounded by its bytes
    private final AtomicLong waitingBytes = new AtomicLong();
    private final StringBuilder message = new StringBuilder(); // for the JDK's client, which calls one method at a time
    private @Nullable WebSocket socket; // guarded by this
    private boolean paused; // guarded by this: nothing more was asked for
    private boolean unwanted; // guarded by this
    private final ReentrantLock sending = new ReentrantLock();
    private volatile long heardNanos = System.nanoTime();

    /**
     * @param pingAfter silence after which the service is asked whether it is still there; half as long it has for the answer
     * @param onTokenExpires must not block
     */
    EventSocket(Duration pingAfter, Consumer<EventSocket> onTokenExpires) {
        this.pingAfter = pingAfter;
        this.onTokenExpires = onTokenExpires;
    }

    @Override
    public void onOpen(WebSocket opened) {
        synchronized (this) {
            socket = opened;
            if (unwanted) {
                opened.abort();
                return;
            }
        }
        opened.request(1);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
        heardNanos = System.nanoTime();
        if (message.length() + part.length() > MAX_MESSAGE) {
            end(new Frame.Broken("the service sent a message of more than %d characters".formatted(MAX_MESSAGE)));
            from.abort();
            return null;
        }
        if (!last) {
            message.append(part);
            from.request(1);
            return null;
        }
        String text = message.isEmpty() ? part.toString() : message.append(part).toString();
        message.setLength(0);
        message.trimToSize();
        Frame frame = FrameReader.read(text);
        switch (frame) {
            case Frame.TokenExpires expires -> onTokenExpires.accept(this);
            case Frame.Other other -> {}
            default -> add(frame, text.length() + OVERHEAD);
        }
        askForMore(from);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer payload) {
        return heard(from);
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer payload) {
        return heard(from);
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer payload, boolean last) {
        return heard(from);
    }

    private @Nullable CompletionStage<?> heard(WebSocket from) {
        heardNanos = System.nanoTime();
        askForMore(from);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        end(new Frame.Closed(code, reason));
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable failure) {
        end(new Frame.Broken("the connection broke: " + failure.getMessage()));
    }

    private void end(Frame frame) {
        add(frame, 0);
    }

    private void add(Frame frame, int bytes) {
        waitingBytes.addAndGet(bytes);
        waiting.add(new Waiting(frame, bytes));
    }

    private synchronized void askForMore(WebSocket from) {
        if (waitingBytes.get() < MAX_WAITING_BYTES) {
            from.request(1);
        } else {
            paused = true;
        }
    }

    /** Takes what has arrived, or waits for it; asks a service that is silent whether it is still there. */
    Frame next() throws InterruptedException {
        boolean asked = false;
        while (true) {
            long patienceNanos = (asked ? pingAfter.dividedBy(2) : pingAfter).toNanos();
            Waiting next = waiting.poll(patienceNanos, TimeUnit.NANOSECONDS);
            if (next != null) {
                taken(next.bytes);
                return next.frame;
            }
            if (System.nanoTime() - heardNanos < patienceNanos) {
                asked = false;
            } else if (asked || !sendPing()) {
                return new Frame.Broken("the service is silent");
            } else {
                asked = true;
            }
        }
    }

    private void taken(int bytes) {
        if (waitingBytes.addAndGet(-bytes) >= MAX_WAITING_BYTES / 2) {
            return;
        }
        synchronized (this) {
            if (paused && socket != null) {
                paused = false;
                socket.request(1);
            }
        }
    }

    /** Makes the thread that takes what arrives look around. */
    void wake() {
        waiting.add(new Waiting(new Frame.Other(), 0));
    }

    private boolean sendPing() throws InterruptedException {
        WebSocket current = current();
        return current != null && done(current.sendPing(ByteBuffer.allocate(0)));
    }

    /** Sends a command; returns whether it could be sent. */
    boolean send(String command) throws InterruptedException {
        WebSocket current = current();
        sending.lock(); // one after the other
        try {
            return current != null && done(current.sendText(command, true));
        } finally {
            sending.unlock();
        }
    }

    private synchronized @Nullable WebSocket current() {
        return socket;
    }

    private static boolean done(CompletableFuture<WebSocket> sent) throws InterruptedException {
        try {
            sent.get(SEND_WITHIN.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    /** Ends the connection, or the one that may come yet, without waiting. */
    void close() {
        WebSocket current;
        synchronized (this) {
            unwanted = true;
            current = socket;
        }
        if (current == null) {
            return;
        }
        BackgroundThread.once("websocket-close", () -> {
            try {
                done(current.sendClose(WebSocket.NORMAL_CLOSURE, ""));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                current.abort();
            }
        });
    }
}
