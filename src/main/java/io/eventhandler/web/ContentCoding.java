package io.eventhandler.web;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/** How a request's body is encoded (RFC 9110, section 8.4). */
public enum ContentCoding {
    IDENTITY,
    GZIP;

    /** What is taken, for the header {@code Accept-Encoding} of a 415. */
    public static final String ACCEPTED = "gzip";

    private static final int PIECE = 8_192;

    /** The one that the headers name; null when it is none of these, or more than one. */
    public static @Nullable ContentCoding of(HttpFields headers) {
        if (!headers.contains(HttpHeader.CONTENT_ENCODING)) {
            return IDENTITY;
        }
        List<String> codings;
        try {
            codings = headers.getCSV(HttpHeader.CONTENT_ENCODING, false);
        } catch (IllegalArgumentException e) { // a quote that is not closed
            return null;
        }
        return switch (codings.size() == 1 ? codings.getFirst().toLowerCase(Locale.ROOT) : "") {
            case "identity" -> IDENTITY;
            case "gzip", "x-gzip" -> GZIP;
            default -> null;
        };
    }

    /**
     * The body as it was before it was encoded.
     *
     * @param limit in bytes
     * @param limitText what a larger body must be, as its sender is told
     * @param room where the memory comes from
     * @throws ApiException 400 when it can't be decoded, 413 when it is larger, 503 when there is no room
     */
    public byte[] decode(byte[] body, int limit, String limitText, ByteBudget.Share room) {
        if (this == IDENTITY) {
            return body;
        }
        var decoded = new BodyBuffer(room);
        byte[] piece = new byte[PIECE];
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
            for (int size = in.read(piece); size >= 0; size = in.read(piece)) {
                if (decoded.length() + size > limit) {
                    throw new ApiException(
                            413, "the body must be %s, this one has more, decompressed".formatted(limitText));
                }
                if (!decoded.append(ByteBuffer.wrap(piece, 0, size), limit)) {
                    throw RequestBody.noRoom();
                }
            }
        } catch (IOException e) {
            throw new ApiException(400, "the body is not valid gzip");
        }
        return decoded.bytes();
    }
}
