package io.eventhandler.web;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;

/** Reads request bodies with a limit. */
public final class RequestBody {

    /** What is read and thrown away of a body that is too large, so that its sender gets to read the answer. */
    private static final long MAX_DRAIN = 16L << 20;

    private RequestBody() {}

    /**
     * The whole body.
     *
     * @throws ApiException 413 when it is larger than the limit, in bytes
     */
    public static byte[] read(Context context, int limit) {
        long length = context.req().getContentLengthLong();
        try {
            InputStream body = context.req().getInputStream();
            if (length > limit) {
                drain(body);
                throw tooLarge(length + " bytes", limit);
            }
            if (length >= 0) {
                byte[] bytes = body.readNBytes((int) length);
                if (bytes.length < length) {
                    throw new ApiException(400, "the body ended after %d of %d bytes".formatted(bytes.length, length));
                }
                return bytes;
            }
            byte[] bytes = body.readNBytes(limit + 1);
            if (bytes.length > limit) {
                drain(body);
                throw tooLarge("more", limit);
            }
            return bytes;
        } catch (IOException e) {
            throw new ApiException(400, "the body could not be read: " + e.getMessage());
        }
    }

    private static ApiException tooLarge(String actual, int limit) {
        return new ApiException(413, "the body must be at most %d bytes, this one has %s".formatted(limit, actual));
    }

    private static void drain(InputStream body) throws IOException {
        byte[] scratch = new byte[8_192];
        long drained = 0;
        for (int n = body.read(scratch); n >= 0 && drained < MAX_DRAIN; n = body.read(scratch)) {
            drained += n;
        }
    }
}
