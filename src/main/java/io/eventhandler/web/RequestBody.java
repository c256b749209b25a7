package io.eventhandler.web;

import io.eventhandler.service.SettingsReader;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request's body as it arrives, without blocking a thread, within bounds of size, memory and time. Memory is taken
 * for what has come, not for what is announced. Of a body that is refused the rest is read and thrown away, so that its
 * sender gets to read the answer, within bounds too.
 */
public final class RequestBody {

    private static final long MAX_DISCARDED = 16L << 20;

    /** So much is read at once on the thread that reads the sockets, where others wait. */
    private static final long MAX_BYTES_AT_ONCE = 256 << 10;

    /**
     * How long a body may take.
     *
     * @param timeout for a body of no size
     * @param bytesPerSecond a second more for each of so many bytes that have come
     */
    public record Pace(Duration timeout, int bytesPerSecond) {

        /** Reads {@code BODY_TIMEOUT} and {@code MIN_BODY_RATE}. */
        public static Pace read(SettingsReader in) {
            return new Pace(
                    in.duration("BODY_TIMEOUT", "10s", "100ms", "1h", "how long a request's body may take, then 408"),
                    in.size(
                            "MIN_BODY_RATE",
                            "16KiB",
                            "1",
                            "1GiB",
                            "a body may take a second more than BODY_TIMEOUT for each of so many bytes that came"));
        }

        private long nanosFor(long bytes) {
            return timeout.toNanos() + (long) ((double) bytes / bytesPerSecond * TimeUnit.SECONDS.toNanos(1));
        }
    }

    /** Gets a body, or why there is none: one call, on whatever thread the body ended. */
    public interface Receiver {

        /** All of it has come. */
        void received(byte[] body);

        /**
         * It is refused or could not be read.
         *
         * @param failure an {@link ApiException} unless something is wrong with the service itself
         */
        void failed(Throwable failure);
    }

    private final Request request;
    private final int limit;
    private final String limitText;
    private final Pace pace;
    private final ByteBudget.Share room;
    private final BodyBuffer buffer;
    private final Receiver receiver;
    private final long startNanos = System.nanoTime();
    private volatile long length; // read so far, kept or not
    private volatile @Nullable ApiException refusal;
    private Scheduler.@Nullable Task watch;
    private boolean ended;

    private RequestBody(
            Request request,
            int limit,
            String limitText,
            Pace pace,
            ByteBudget.Share room,
            @Nullable ApiException refusal,
            Receiver receiver) {
        this.request = request;
        this.limit = limit;
        this.limitText = limitText;
        this.pace = pace;
        this.room = room;
        this.buffer = new BodyBuffer(room);
        this.refusal = refusal;
        this.receiver = receiver;
    }

    /**
     * Reads the whole body.
     *
     * @param limit in bytes
     * @param limitText what a larger body must be, as its sender is told
     * @param room where the memory comes from
     * @param receiver is told of a 413 when it is larger, a 400 when it can't be read, a 408 when it takes too long, a 503
     *     when there is no room
     */
    public static void read(
            Request request, int limit, String limitText, Pace pace, ByteBudget.Share room, Receiver receiver) {
        long declared = request.getLength();
        ApiException refusal = declared > limit ? tooLarge(limitText, declared + " bytes") : null;
        new RequestBody(request, limit, limitText, pace, room, refusal, receiver).begin();
    }

    /** Throws the body away, then tells the receiver of the refusal. */
    public static void discard(
            Request request, Pace pace, ByteBudget.Share room, ApiException refusal, Receiver receiver) {
        new RequestBody(request, 0, "", pace, room, refusal, receiver).begin();
    }

    private void begin() {
        ApiException reason = refusal;
        if (reason != null && request.getHeaders().contains(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString())) {
            end(reason); // its sender waits for the answer
        } else {
            read();
        }
    }

    private void read() {
        long most = length + MAX_BYTES_AT_ONCE;
        try {
            while (true) {
                if (length > most) {
                    request.getComponents().getExecutor().execute(this::read);
                    return;
                }
                Content.Chunk chunk = request.read();
                if (chunk == null) {
                    watch();
                    request.demand(this::read);
                    return;
                }
                if (Content.Chunk.isFailure(chunk)) {
                    ApiException reason = refusal;
                    end(reason == null ? unreadable(chunk.getFailure()) : reason);
                    return;
                }
                boolean last = chunk.isLast();
                try {
                    keep(chunk);
                } finally {
                    chunk.release();
                }
                if (last && isCut()) {
                    end(unreadable(new EofException()));
                    return;
                }
                if (last || length > MAX_DISCARDED) {
                    finish();
                    return;
                }
            }
        } catch (RuntimeException | Error e) {
            end(e);
        }
    }

    /** Whether the connection ended between two of its chunks, which Jetty takes for the end of the last one. */
    private boolean isCut() {
        return request.getLength() < 0
                && request.getConnectionMetaData().getConnection() instanceof HttpConnection connection
                && connection.getParser().isClosed();
    }

    private void keep(Content.Chunk chunk) {
        int size = chunk.remaining();
        long end = length + size;
        if (end > limit) {
            buffer.clear();
        } else if (refusal == null) {
            int most = request.getLength() < 0 ? limit : (int) request.getLength();
            if (!buffer.append(chunk.getByteBuffer(), most)) {
                refuse(noRoom());
            }
        }
        length = end;
    }

    private void refuse(ApiException reason) {
        refusal = reason;
        buffer.clear();
    }

    private void finish() {
        ApiException reason = refusal;
        if (reason != null) {
            end(reason);
        } else if (length > limit) {
            end(tooLarge(limitText, length > MAX_DISCARDED ? "many more" : length + " bytes"));
        } else {
            end();
            receiver.received(buffer.bytes());
        }
    }

    /** There is no room for what a request brings. */
    public static ApiException noRoom() {
        return ApiException.unavailable("not stored: too many events wait to be stored, try again");
    }

    private static ApiException tooLarge(String limitText, String size) {
        return new ApiException(413, "the body must be %s, this one has %s".formatted(limitText, size));
    }

    private ApiException unreadable(Throwable failure) {
        if (failure instanceof TimeoutException) {
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos);
            return new ApiException(
                    408, "the body took too long: %d bytes of it came within %d s".formatted(length, seconds));
        }
        return new ApiException(
                400,
                failure instanceof HttpException
                        ? "the body is not framed as HTTP has it"
                        : "the connection ended before the body did");
    }

    private void end(Throwable failure) {
        end();
        receiver.failed(failure);
    }

    private synchronized void end() {
        ended = true;
        if (watch != null) {
            watch.cancel();
            room.complete();
        }
    }

    /** From now on its time is watched; most bodies have come before that. */
    private synchronized void watch() {
        if (watch == null) {
            schedule(pace.nanosFor(0));
            room.incomplete(startNanos, this::fail);
        }
    }

    private void schedule(long nanos) {
        watch = request.getComponents().getScheduler().schedule(this::checkTime, nanos, TimeUnit.NANOSECONDS);
    }

    /** Never fails a request that has ended: the next one of the connection would take its place. */
    private synchronized void checkTime() {
        if (ended) {
            return;
        }
        long left = startNanos + pace.nanosFor(refusal == null ? length : 0) - System.nanoTime();
        if (left > 0) {
            schedule(left);
        } else {
            fail();
        }
    }

    private synchronized void fail() {
        if (!ended) {
            request.fail(new TimeoutException());
        }
    }
}
