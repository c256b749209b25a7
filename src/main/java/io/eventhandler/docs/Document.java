package io.eventhandler.docs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A document that is served as it stands.
 *
 * @param etag the entity tag of this content (RFC 9110, section 8.8.3), with its quotes
 */
@SuppressWarnings("ArrayRecordComponent") // written out, never changed
record Document(byte[] content, String contentType, String etag) {

    private static final int ETAG_BYTES = 16;

    /** Reads the resource of this name beside {@code docs/}. */
    static Document read(String name, String contentType) {
        try (InputStream in = Document.class.getResourceAsStream("/docs/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the resource docs/%s is missing".formatted(name));
            }
            byte[] content = in.readAllBytes();
            return new Document(content, contentType, etag(content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String etag(byte[] content) {
        return '"' + HexFormat.of().formatHex(sha256(content), 0, ETAG_BYTES) + '"';
    }

    static byte[] sha256(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
