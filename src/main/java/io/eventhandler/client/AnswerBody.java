package io.eventhandler.client;

import java.io.IOException;
import java.io.Serial;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An answer's body, read at the pace of its reader: more is asked of the socket when what came was read. For one reader;
 * anybody may close it.
 */
final class AnswerBody implements BodySubscriber<AnswerBody>, AutoCloseable {

    /** What came next: some bytes, or the end, which may be a failure. */
    private record Part(
            List<ByteBuffer> bytes,
            boolean isLast,
            @Nullable Throwable failure) {}

    private static final int FIRST_SIZE = 512;

    private final LinkedBlockingQueue<Part> parts = new LinkedBlockingQueue<>(); // one that was asked for, and the end
    private final AtomicReference<@Nullable Subscription> subscription = new AtomicReference<>();
    private final Queue<ByteBuffer> buffers = new ArrayDeque<>();
    private volatile boolean closed;
    private boolean ended;

    @Override
    public CompletionStage<AnswerBody> getBody() {
        return CompletableFuture.completedFuture(this); // it is read later
    }

    @Override
    public void onSubscribe(Subscription from) {
        if (closed || !subscription.compareAndSet(null, from)) {
            from.cancel();
        } else {
            from.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> bytes) {
        parts.add(new Part(bytes, false, null));
    }

    @Override
    public void onError(Throwable failure) {
        parts.add(new Part(List.of(), true, failure));
    }

    @Override
    public void onComplete() {
        parts.add(new Part(List.of(), true, null));
    }

    /**
     * The next line without its end, null when there is none.
     *
     * @param max its bytes
     * @param patience how long to wait for bytes
     * @throws IOException when the answer breaks off, nothing comes for too long, or it is closed
     * @throws LineTooLongException when it has more bytes
     */
    byte @Nullable [] line(int max, Duration patience) throws IOException, InterruptedException {
        byte[] line = new byte[FIRST_SIZE];
        int length = 0;
        for (ByteBuffer next = next(patience); next != null; next = next(patience)) {
            int end = lineEnd(next);
            int count = (end < 0 ? next.limit() : end) - next.position();
            if (length + count > max) {
                throw new LineTooLongException();
            }
            if (length + count > line.length) {
                line = Arrays.copyOf(line, Math.clamp(2L * line.length, length + count, max));
            }
            next.get(line, length, count);
            length += count;
            if (end >= 0) {
                next.get();
                return Arrays.copyOf(line, length);
            }
        }
        if (length > 0) {
            throw new IOException("the answer ends within a line");
        }
        return null;
    }

    private static int lineEnd(ByteBuffer bytes) {
        for (int i = bytes.position(); i < bytes.limit(); i++) {
            if (bytes.get(i) == '\n') {
                return i;
            }
        }
        return -1;
    }

    /** The beginning of the body, so many bytes at most, or what came of it before it broke off. */
    byte[] beginning(int max, Duration patience) throws InterruptedException {
        byte[] all = new byte[max];
        int length = 0;
        try {
            for (ByteBuffer next = next(patience); next != null && length < max; next = next(patience)) {
                int count = Math.min(next.remaining(), max - length);
                next.get(all, length, count);
                length += count;
            }
        } catch (IOException e) {
            // What came is enough for a message.
        }
        return Arrays.copyOf(all, length);
    }

    /** Bytes that are not read yet, null at the end. */
    private @Nullable ByteBuffer next(Duration patience) throws IOException, InterruptedException {
        while (true) {
            while (!buffers.isEmpty()) {
                if (buffers.element().hasRemaining()) {
                    return buffers.element();
                }
                buffers.remove();
                Subscription from = subscription.get();
                if (buffers.isEmpty() && from != null) {
                    from.request(1);
                }
            }
            if (ended) {
                return null;
            }
            Part part = closed ? null : parts.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
            if (closed) {
                throw new IOException("it was closed");
            }
            if (part == null) {
                throw new IOException("nothing came for %d s".formatted(patience.toSeconds()));
            }
            if (part.failure() != null) {
                throw new IOException("the answer broke off", part.failure());
            }
            ended = part.isLast();
            buffers.addAll(part.bytes());
        }
    }

    /** Gives its connection up, unless all of it has come. */
    @Override
    public void close() {
        closed = true;
        Subscription from = subscription.get();
        if (from != null) {
            from.cancel();
        }
        parts.add(new Part(List.of(), true, null)); // whoever waits looks up
    }

    /** A line is longer than it may be. */
    static final class LineTooLongException extends IOException {
        @Serial
        private static final long serialVersionUID = 1L;
    }
}
