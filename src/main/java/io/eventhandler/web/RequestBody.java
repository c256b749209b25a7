package io.eventhandler.web;

import java.util.Arrays;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/** Reads a request's body with a limit, as it arrives and without blocking a thread. */
public final class RequestBody {

    /** What is read and thrown away of a body that is too large, so that its sender gets to read the answer. */
    private static final long MAX_DRAIN = 16L << 20;

    private static final int FIRST_BUFFER = 4_096;

    private final Request request;
    private final int limit;
    private final String limitText;
    private final Consumer<byte[]> onBody;
    private final Consumer<ApiException> onFailure;
    private byte[] buffer;
    private long length; // read so far, kept or not

    private RequestBody(
            Request request, int limit, String limitText, Consumer<byte[]> onBody, Consumer<ApiException> onFailure) {
        this.request = request;
        this.limit = limit;
        this.limitText = limitText;
        this.onBody = onBody;
        this.onFailure = onFailure;
        long declared = request.getLength();
        this.buffer = new byte[declared < 0 || declared > limit ? FIRST_BUFFER : (int) declared];
    }

    /**
     * Reads the whole body and calls one of these, on this thread or another.
     *
     * @param limit in bytes
     * @param limitText what a larger body must be, as its sender is told
     * @param onBody gets the body
     * @param onFailure gets a 413 when it is larger, a 400 when it can't be read
     */
    public static void read(
            Request request, int limit, String limitText, Consumer<byte[]> onBody, Consumer<ApiException> onFailure) {
        new RequestBody(request, limit, limitText, onBody, onFailure).read();
    }

    /** Reads the body without keeping it, so that its sender gets to read the answer, then calls this. */
    public static void discard(Request request, Runnable then) {
        read(request, 0, "", empty -> then.run(), rest -> then.run());
    }

    private void read() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this::read);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                onFailure.accept(new ApiException(400, "the body could not be read: " + chunk.getFailure()));
                return;
            }
            keep(chunk);
            boolean last = chunk.isLast();
            chunk.release();
            if (last || length > MAX_DRAIN) {
                finish();
                return;
            }
        }
    }

    private void keep(Content.Chunk chunk) {
        int size = chunk.remaining();
        if (length + size <= limit) {
            int end = (int) length + size;
            if (end > buffer.length) {
                buffer = Arrays.copyOf(buffer, Math.min(limit, Math.max(end, 2 * buffer.length)));
            }
            chunk.getByteBuffer().get(buffer, (int) length, size);
        }
        length += size;
    }

    private void finish() {
        if (length > limit) {
            onFailure.accept(new ApiException(
                    413,
                    "the body must be %s, this one has %s"
                            .formatted(limitText, length > MAX_DRAIN ? "many more" : length + " bytes")));
        } else {
            onBody.accept(length == buffer.length ? buffer : Arrays.copyOf(buffer, (int) length));
        }
    }
}
